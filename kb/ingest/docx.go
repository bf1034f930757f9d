package ingest

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"switchboard/kb"
	"switchboard/kb/ingest/hidden"
)

// Limits of a DOCX file's parts. They are counted while unpacking: what a file says of itself is not believed.
const (
	maxPart     = 64 << 20 // bytes of XML, unpacked
	maxXMLDepth = 256
)

var errNoDOCX = errors.New("file is no DOCX document")

// readDOCX takes a document's text: headings by their style, lists, tables, links. Deleted text of tracked changes,
// headers and footers, comments and notes are left out.
func readDOCX(b []byte) (article, error) {
	if bytes.HasPrefix(b, []byte("\xd0\xcf\x11\xe0")) {
		return article{}, errors.New("document is encrypted, or in Word's old format")
	}
	z, err := openZip(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return article{}, fmt.Errorf("%w: %w", errNoDOCX, err)
	}
	p := docxParts{budget: maxPart, files: map[string]*zip.File{}}
	for _, f := range z.File {
		p.files[strings.TrimPrefix(path.Clean(f.Name), "/")] = f
	}
	main := p.main()
	folder := path.Dir(main)
	w := docxWriter{links: map[string]string{}, styles: map[string]docxStyle{}, lists: map[string]map[int]bool{}}
	for name, read := range map[string]func(*xml.Decoder) error{
		path.Join(folder, "styles.xml"):                     w.readStyles,
		path.Join(folder, "numbering.xml"):                  w.readNumbering,
		path.Join(folder, "_rels", path.Base(main)+".rels"): w.readLinks,
		path.Join(path.Dir(folder), "docProps", "core.xml"): w.readCore,
	} {
		if err := p.each(name, read); err != nil && !errors.Is(err, errNoPart) {
			return article{}, err
		}
	}
	if err := p.each(main, w.readBody); errors.Is(err, errNoPart) {
		return article{}, errNoDOCX
	} else if err != nil {
		return article{}, err
	}
	body := strings.TrimSpace(w.out.String())
	title := w.title
	if title == "" {
		title = w.core
	}
	a := article{Document: kb.Document{Title: cutAt(oneLine(title), 4*titleLen), Lang: plausibleLang(w.lang), Body: body}}
	if covert := oneLine(w.covert.String()); covert != "" {
		a.found = append(hidden.Find(covert), hidden.Finding{Rule: hidden.HiddenText, Excerpt: hidden.Excerpt(covert)})
	}
	return a, nil
}

// docxParts are the files in a DOCX file.
type docxParts struct {
	files  map[string]*zip.File
	budget int64 // bytes that may still be unpacked
}

var errNoPart = errors.New("no such part")

// main is the name of the part with the text.
func (p *docxParts) main() string {
	main := "word/document.xml"
	_ = p.each("_rels/.rels", func(d *xml.Decoder) error { // without it the usual name counts
		return walkXML(d, func(e xml.StartElement, _ int) error {
			if e.Name.Local == "Relationship" && strings.HasSuffix(attr(e, "Type"), "/officeDocument") {
				main = strings.TrimPrefix(path.Clean(attr(e, "Target")), "/")
			}
			return nil
		})
	})
	return main
}

// each reads a part as XML.
func (p *docxParts) each(name string, read func(*xml.Decoder) error) error {
	f := p.files[name]
	if f == nil {
		return errNoPart
	}
	if f.Flags&1 != 0 {
		return errors.New("document is encrypted")
	}
	part, err := f.Open()
	if err != nil {
		return errors.New("document is cut short or broken")
	}
	defer part.Close()
	in := &bounded{in: part, left: &p.budget, packed: int64(f.CompressedSize64)}
	d := xml.NewDecoder(in)
	d.Strict = true
	d.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("part is in %.20q", label)
	}
	if err := read(d); err != nil {
		var limit limitError
		if errors.As(err, &limit) {
			return limit
		}
		return errors.New("document is cut short or broken")
	}
	return nil
}

// walkXML calls f with every element and how deep it lies.
func walkXML(d *xml.Decoder, f func(e xml.StartElement, depth int) error) error {
	depth := 0
	for {
		t, err := d.RawToken()
		switch {
		case err == io.EOF && depth == 0:
			return nil
		case err != nil:
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if depth++; depth > maxXMLDepth {
				return limitError("elements lie too deep in each other")
			}
			if err := f(t, depth); err != nil {
				return err
			}
		case xml.EndElement:
			depth--
		}
	}
}

// attr is an attribute's value, whatever its name's prefix.
func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
