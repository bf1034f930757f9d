package lint

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"
)

// link is one link of an article.
type link struct {
	target string
	line   int
	images bool // of a picture
}

func isLetterOrDigit(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// maxLinks bounds what is kept of one article.
const maxLinks = 5000

// collectLinks leaves an article's links, and where links can lead in it.
func collectLinks(c *checker, a *article, _ report) {
	if c.anchors[a.n] != nil {
		return // another rule has left them
	}
	anchors := []string{}
	fenced := false
	n := 0
	for line := range strings.Lines(a.doc.Body) {
		n++
		if s := strings.TrimSpace(line); strings.HasPrefix(s, "```") || strings.HasPrefix(s, "~~~") {
			fenced = !fenced
		}
		if fenced || len(c.links[a.n]) >= maxLinks {
			continue
		}
		c.links[a.n] = append(c.links[a.n], linksOf(line, n)...)
		for _, attr := range []string{`id="`, `name="`, "{#"} {
			if _, rest, ok := strings.Cut(line, attr); ok {
				id, _, _ := strings.Cut(strings.ReplaceAll(rest, "}", `"`), `"`)
				anchors = append(anchors, squeeze(id))
			}
		}
	}
	for _, b := range a.blocks {
		if b.kind == heading {
			anchors = append(anchors, squeeze(b.text))
		}
	}
	c.anchors[a.n] = anchors
}

// linksOf finds "](target)", "<https://…>", "href=", "[[id]]", "[x]: target" and bare addresses in one line.
func linksOf(line string, n int) []link {
	var out []link
	picture := false // whether the last bracket opened a picture
	for i := 0; i < len(line); i++ {
		rest := line[i:]
		switch {
		case rest[0] == '`': // code to its end
			if end := strings.IndexByte(rest[1:min(len(rest), longestTarget)], '`'); end >= 0 {
				i += end + 1
			}
		case strings.HasPrefix(rest, "[["):
			if end := strings.Index(rest[:min(len(rest), longestTarget)], "]]"); end > 2 {
				id, _, _ := strings.Cut(rest[2:end], "|")
				out = append(out, link{target: strings.TrimSpace(id), line: n})
				i += end + 1
			}
		case rest[0] == '[':
			picture = i > 0 && line[i-1] == '!'
		case strings.HasPrefix(rest, "]("):
			if end := targetLen(rest[1:]); end > 0 {
				if t := strings.Fields(strings.Trim(rest[2:end], " ")); len(t) > 0 {
					out = append(out, link{strings.Trim(t[0], "<>"), n, picture})
				}
				i += end
			}
		case strings.HasPrefix(rest, "]: ") && strings.HasPrefix(strings.TrimSpace(line), "["):
			if t := strings.Fields(rest[3:]); len(t) > 0 {
				out = append(out, link{strings.Trim(t[0], "<>"), n, false})
			}
			return out
		case strings.HasPrefix(rest, `href="`):
			if end := strings.IndexByte(rest[6:min(len(rest), longestTarget)], '"'); end > 0 {
				out = append(out, link{rest[6 : 6+end], n, false})
				i += 6 + end
			}
		case strings.HasPrefix(rest, "http://"), strings.HasPrefix(rest, "https://"):
			end := strings.IndexFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("<>)]\"'|`", r) })
			if end < 0 {
				end = len(rest)
			}
			out = append(out, link{strings.TrimRight(rest[:end], ".,;:!?*"), n, false})
			i += end - 1
		}
	}
	return out
}

// pages finds documents by what links say.
type pages struct {
	*checker
	byURL, byPath map[string]int // a path is that of an address, or an id's, squeezed
	hosts         map[string]bool
}

func newPages(c *checker) *pages {
	p := &pages{checker: c, byURL: map[string]int{}, byPath: map[string]int{}, hosts: map[string]bool{}}
	for _, h := range c.options.Hosts {
		p.hosts[strings.ToLower(h)] = true
	}
	for i, d := range c.docs {
		keep(p.byPath, squeeze(d.ID), i)
		if u, err := url.Parse(d.URL); err == nil && d.URL != "" {
			keep(p.byURL, address(u), i)
			keep(p.byPath, squeeze(trimExt(u.Path)), i)
			keep(p.byPath, squeeze(trimExt(path.Base(u.Path))), i)
		}
	}
	return p
}

func keep(m map[string]int, key string, i int) {
	if _, taken := m[key]; !taken && key != "" {
		m[key] = i
	}
}

// address is what of an absolute address names a page.
func address(u *url.URL) string {
	return strings.TrimPrefix(strings.ToLower(u.Host), "www.") + "/" + strings.Trim(u.EscapedPath(), "/")
}

// trimExt takes the extension of a page off.
func trimExt(p string) string {
	if slices.Contains(pageExtensions, strings.ToLower(path.Ext(p))) {
		return strings.TrimSuffix(p, path.Ext(p))
	}
	return p
}

var pageExtensions = []string{".md", ".markdown", ".html", ".htm", ".txt", ".text"}

// verdict is where a link leads.
type verdict int

const (
	elsewhere verdict = iota // out of the knowledge base, or to something that is no page
	found
	missing
)

// resolve says where a link of a document leads: to which document, and to what in it.
func (p *pages) resolve(from int, l link) (doc int, fragment string, v verdict) {
	u, err := url.Parse(l.target)
	if !strings.ContainsAny(l.target, "./#") || !strings.ContainsFunc(l.target, isLetterOrDigit) {
		i, ok := p.byID[l.target] // else no address, but what happens to stand in parentheses
		if !ok {
			return 0, "", elsewhere
		}
		return i, "", found
	}
	if err != nil || l.images || u.Opaque != "" || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" {
		return 0, "", elsewhere
	}
	fragment = u.Fragment
	if i, ok := p.byID[l.target]; ok {
		return i, "", found
	}
	if u.Host == "" && u.Path == "" {
		return from, fragment, found
	}
	if ext := path.Ext(u.Path); ext != "" && !slices.Contains(pageExtensions, strings.ToLower(ext)) && len(ext) <= 5 && strings.Trim(ext[1:], "0123456789") != "" && u.Host+u.Path != path.Base(u.Path) {
		return 0, "", elsewhere
	}
	if u.Host != "" {
		if i, ok := p.byURL[address(u)]; ok {
			return i, fragment, found
		}
		if !p.hosts[strings.ToLower(u.Host)] || strings.Trim(u.Path, "/") == "" || u.RawQuery != "" {
			return 0, "", elsewhere
		}
		return 0, "", missing
	}
	return p.relative(from, u)
}

// relative looks for the page of a link without a host: by the address of the document it stands in, then by the end
// of its path, since folders are not kept.
func (p *pages) relative(from int, u *url.URL) (doc int, fragment string, v verdict) {
	if base, err := url.Parse(p.docs[from].URL); err == nil && base.Host != "" {
		if i, ok := p.byURL[address(base.ResolveReference(u))]; ok {
			return i, u.Fragment, found
		}
	}
	clean := strings.TrimLeft(path.Clean(trimExt(u.Path)), "./")
	for clean != "" && clean != "." {
		if i, ok := p.byPath[squeeze(clean)]; ok {
			return i, u.Fragment, found
		}
		_, rest, ok := strings.Cut(clean, "/")
		if !ok {
			break
		}
		clean = rest
	}
	if strings.Trim(u.Path, "./") == "" {
		return 0, "", elsewhere
	}
	return 0, "", missing
}
