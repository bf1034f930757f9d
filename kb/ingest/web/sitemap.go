package web

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"strings"
)

// Limits of sitemaps. The first two are those of sitemaps.org.
const (
	maxSitemap      = 50 << 20 // bytes, before and after decompression
	maxEntries      = 50_000   // of one sitemap
	maxSitemaps     = 1_000    // of one run
	maxSitemapDepth = 3        // levels; sitemaps.org has 2, an index and what it lists
	maxToken        = 64 << 10 // bytes between two tags, or of one
	maxXMLDepth     = 16       // elements in each other; extensions need 5
)

var (
	errNoSitemap = refuse("is not a sitemap")
	errCutShort  = temporary("sitemap ends before it is complete")
)

// readSitemap reads a sitemap, an index of sitemaps or a list of addresses one a line, gzipped or not, and calls entry
// with each address as it stands there. It keeps nothing but the entry that it is at, and reads at most limit bytes, after
// decompression. What is wrong with the sitemap is a *failure; errors of entry are returned as they are.
func readSitemap(in io.Reader, limit int64, entry func(address string, index bool) error) error {
	r := bufio.NewReader(in)
	if magic, _ := r.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unzipped, err := gzip.NewReader(r)
		if err != nil {
			return errNoSitemap
		}
		r = bufio.NewReader(unzipped)
	}
	m := &tokenMeter{r: bufio.NewReader(newLimited(r, limit))}
	if mark, _ := m.r.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = m.r.Discard(3)
	}
	read := readXML
	if first, err := m.r.Peek(1); err != nil || first[0] == 'h' {
		read = readLines
	}
	n := 0
	var stopped error
	err := read(m, func(address string, index bool) error {
		if n++; n > maxEntries {
			stopped = refuse("sitemap lists more than %d addresses", maxEntries)
		} else {
			stopped = entry(address, index)
		}
		return stopped
	})
	if stopped != nil || err == nil {
		return stopped
	}
	return sitemapFailure(err)
}

// sitemapFailure puts into our words what the readers below say, which quotes the sitemap.
func sitemapFailure(err error) error {
	var f *failure
	var syntax *xml.SyntaxError
	var disk *fs.PathError
	isSyntax := errors.As(err, &syntax)
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &disk):
		return &cacheError{err}
	case errors.Is(err, errTooLarge):
		return refuse("sitemap %v", err)
	case errors.Is(err, io.ErrUnexpectedEOF), isSyntax && syntax.Msg == "unexpected EOF":
		return errCutShort
	case isSyntax:
		return refuse("sitemap is not well-formed XML at line %d", syntax.Line)
	}
	return refuse("sitemap cannot be read")
}

// readLines reads addresses that stand one a line. An empty file lists nothing.
func readLines(m *tokenMeter, entry func(string, bool) error) error {
	lines := bufio.NewScanner(m)
	for lines.Scan() {
		m.reset()
		if line := strings.TrimSpace(lines.Text()); line == "" {
			continue
		} else if u, err := url.Parse(line); err != nil || u.Host == "" {
			return errNoSitemap
		} else if err := entry(line, false); err != nil {
			return err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return refuse("sitemap has a line of more than %d bytes", bufio.MaxScanTokenSize)
	}
	return lines.Err()
}

// readXML reads the locations of <urlset><url><loc> and <sitemapindex><sitemap><loc>. Where a location stands is told by
// depth, not by namespace: sites get that wrong, and extensions put locations of pictures deeper. Tokens are read raw,
// for the decoder would otherwise remember each open element.
func readXML(m *tokenMeter, entry func(string, bool) error) error {
	dec := xml.NewDecoder(m)
	dec.CharsetReader = xmlCharset
	var at [3]string // names of the open elements down to the location
	var loc []byte
	depth := 0
	for {
		m.reset()
		token, err := dec.RawToken()
		if err == io.EOF {
			return endOfXML(depth, at[0])
		}
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if depth < len(at) {
				at[depth] = token.Name.Local
			}
			if depth++; depth > maxXMLDepth {
				return refuse("elements of the sitemap lie deeper than %d in each other", maxXMLDepth)
			}
			if depth == 1 && at[0] != "urlset" && at[0] != "sitemapindex" {
				return errNoSitemap
			}
			loc = loc[:0]
		case xml.CharData:
			if isLocation(depth, at) && len(loc) <= maxToken {
				loc = append(loc, token...)
			}
		case xml.EndElement:
			if isLocation(depth, at) {
				if err := entry(strings.TrimSpace(string(loc)), at[0] == "sitemapindex"); err != nil {
					return err
				}
			}
			if depth--; depth < 0 {
				return refuse("sitemap is not well-formed XML")
			}
		}
	}
}

func isLocation(depth int, at [3]string) bool {
	return depth == 3 && at[2] == "loc" && (at[1] == "url" && at[0] == "urlset" || at[1] == "sitemap" && at[0] == "sitemapindex")
}

func endOfXML(depth int, root string) error {
	switch {
	case root == "":
		return errNoSitemap
	case depth > 0:
		return errCutShort
	}
	return nil
}

// tokenMeter bounds what is read without a reset, since the decoder holds a token whole, however long it is. It is an
// io.ByteReader, so that the decoder reads no further than it needs.
type tokenMeter struct {
	r    *bufio.Reader
	used int
}

var errTokenTooLong = refuse("sitemap has an element or a text of more than %d bytes", maxToken)

func (m *tokenMeter) reset() { m.used = 0 }

func (m *tokenMeter) ReadByte() (byte, error) {
	if m.used++; m.used > maxToken {
		return 0, errTokenTooLong
	}
	return m.r.ReadByte()
}

func (m *tokenMeter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if m.used += n; m.used > 2*maxToken { // readers for charsets and lines fetch some in advance
		return n, errTokenTooLong
	}
	return n, err
}
