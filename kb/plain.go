package kb

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// plain is the text of a block without markup, with where each part of it comes from.
type plain struct {
	b       strings.Builder
	anchors []anchor
	text    string
}

// anchor says that the plain text from byte at on comes from the source's bytes src to end.
type anchor struct{ at, src, end int }

func newPlain(n ast.Node, source []byte) *plain {
	p := &plain{}
	p.inlines(n, source)
	p.text = strings.TrimRight(p.b.String(), " \n")
	return p
}

func (p *plain) String() string { return p.text }

func (p *plain) write(s string, seg text.Segment) {
	if s == "" {
		return
	}
	p.anchors = append(p.anchors, anchor{p.b.Len(), seg.Start, seg.Stop})
	p.b.WriteString(s)
}

// space separates words where the source has a line break, a tag or an image between them.
func (p *plain) space() {
	if s := p.b.String(); s != "" && !strings.HasSuffix(s, " ") {
		p.b.WriteByte(' ')
	}
}

func (p *plain) inlines(parent ast.Node, source []byte) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			s := n.Segment.Value(source)
			if !n.IsRaw() && parent.Kind() != ast.KindCodeSpan {
				s = unescape(s)
			}
			p.write(string(s), n.Segment)
			if n.SoftLineBreak() || n.HardLineBreak() {
				p.space()
			}
		case *ast.String:
			p.b.Write(n.Value)
		case *ast.AutoLink:
			p.b.Write(n.Label(source))
		case *ast.RawHTML:
			p.space()
		case *ast.Emphasis:
			p.emphasis(n, source)
		default:
			p.inlines(n, source)
		}
	}
}

// emphasis writes what is emphasised, without its marks unless they are part of a code that is to be dialled.
func (p *plain) emphasis(n *ast.Emphasis, source []byte) {
	start, end := emphasised(n)
	if start < n.Level || end < start || end+n.Level > len(source) || !dialled(source, start, end, n.Level) {
		p.inlines(n, source)
		return
	}
	for _, mark := range [2]int{start - n.Level, end} {
		if mark == end {
			p.inlines(n, source)
		}
		seg := text.NewSegment(mark, mark+n.Level)
		p.write(string(seg.Value(source)), seg)
	}
}

// emphasised is the range of source bytes between the marks of n, (-1, -1) where that is not plain to see.
func emphasised(n *ast.Emphasis) (start, end int) {
	start, end = -1, -1
	switch first := n.FirstChild().(type) {
	case *ast.Text:
		start = first.Segment.Start
	case *ast.Emphasis:
		if start, _ = emphasised(first); start >= 0 {
			start -= first.Level
		}
	}
	switch last := n.LastChild().(type) {
	case *ast.Text:
		end = last.Segment.Stop
	case *ast.Emphasis:
		if _, end = emphasised(last); end >= 0 {
			end += last.Level
		}
	}
	return start, end
}

// dialled reports whether the asterisks around source[start:end], level of them on each side, belong to a code such as
// *21*number# or **61*171*11*30#, which Markdown reads as emphasis: asterisks inside a word, next to a digit.
func dialled(source []byte, start, end, level int) bool {
	const keys = "0123456789#"
	if start == end || source[end] != '*' {
		return false
	}
	inner := strings.IndexByte(keys, source[start]) >= 0 || strings.IndexByte(keys, source[end-1]) >= 0
	before, _ := utf8.DecodeLastRune(source[:start-level])
	after, _ := utf8.DecodeRune(source[end+level:])
	for _, outer := range [2]rune{before, after} {
		key := strings.ContainsRune(keys, outer)
		if key || inner && (unicode.IsLetter(outer) || outer == '<') {
			return true
		}
	}
	return false
}

// unescape undoes Markdown's backslashes and HTML's entities.
func unescape(s []byte) []byte {
	if !slices.ContainsFunc(s, func(c byte) bool { return c == '\\' || c == '&' }) {
		return s
	}
	return util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(s)))
}

// source is the offset in the source of the plain text's byte at.
func (p *plain) source(at int) int {
	for i := len(p.anchors) - 1; i >= 0; i-- {
		if a := p.anchors[i]; a.at <= at {
			return min(a.src+at-a.at, a.end)
		}
	}
	if len(p.anchors) > 0 {
		return p.anchors[0].src
	}
	return 0
}

// sourceEnd is where the source of the plain text before byte at ends.
func (p *plain) sourceEnd(at int) int {
	if at >= len(p.text) && len(p.anchors) > 0 {
		return p.anchors[len(p.anchors)-1].end
	}
	return p.source(at)
}
