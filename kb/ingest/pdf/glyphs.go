package pdf

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Gaps between characters, in parts of the font's size.
const (
	wordGap = 0.15 // begins a word
	cellGap = 1.0  // begins a span: a column of a table, as a rule
)

// show draws text.
func (p *painter) show(w string, n []float64, operands []any) bool {
	switch w {
	case "Tj", "TJ":
	case "'":
		p.place("T*", nil)
	case "\"":
		if len(n) >= 2 {
			p.g.words, p.g.spacing = n[0], n[1]
		}
		p.place("T*", nil)
	default:
		return false
	}
	if len(operands) == 0 || p.g.font == nil {
		return true
	}
	switch v := operands[len(operands)-1].(type) {
	case str:
		p.draw(v)
	case array:
		for _, v := range v {
			switch v := v.(type) {
			case str:
				p.draw(v)
			case float64:
				p.tm = matrix{a: 1, d: 1, e: -v / 1000 * p.g.size * p.g.stretch}.then(p.tm)
			}
		}
	}
	return true
}

func (p *painter) draw(s str) {
	g := &p.g
	g.font.decode(s, func(chars string, width float64, blank bool) {
		advance := width/1000*g.size + g.spacing
		if blank {
			advance += g.words
		}
		p.glyph(chars, width/1000*g.size*g.stretch)
		p.tm = matrix{a: 1, d: 1, e: advance * g.stretch}.then(p.tm)
	})
}

// glyph takes one character where the text's matrix stands, width of text space wide.
func (p *painter) glyph(chars string, width float64) {
	m := matrix{a: 1, d: 1, f: p.g.rise}.then(p.tm).then(p.g.ctm)
	size := math.Abs(p.g.size) * math.Hypot(m.c, m.d)
	x, y := m.e, m.f
	endX, endY := m.point(width, 0)
	turned := quarters(m.a, m.b)
	if p.passedOver(chars) || turned < 0 || p.marked() {
		return
	}
	if p.unseen(x, y, size) {
		p.keepHidden(chars)
		return
	}
	x, y = turn(x, y, turned)
	endX, _ = turn(endX, endY, turned)
	p.append(span{x0: min(x, endX), x1: max(x, endX), y: y, size: size, bold: p.g.font.bold, turned: turned, text: chars})
}

// costOfGlyph is what a character costs of the budget, beside the bytes that draw it.
const costOfGlyph = 8

// passedOver counts a character and reports whether nothing is to be made of it.
func (p *painter) passedOver(chars string) bool {
	if chars == unknown {
		p.unread++
		return true
	}
	if strings.TrimSpace(chars) != "" {
		p.read++
	}
	return chars == "" || !p.f.budget.spend(costOfGlyph)
}

func (p *painter) marked() bool { return len(p.marks) > 0 && p.marks[len(p.marks)-1] }

// unseen reports whether a reader of the page cannot see text at a point.
func (p *painter) unseen(x, y, size float64) bool {
	if size < tinyPoint || p.g.clear || !p.page.has(x, y) {
		return true
	}
	if !p.g.white && p.g.mode != 3 && p.g.mode != 7 {
		return false
	}
	// White on a coloured bar is a heading; nothing at all over a picture is what a machine read in a scan.
	p.f.budget.spend(len(p.fills))
	for _, b := range p.fills {
		if b.has(x, y+size/4) {
			return false
		}
	}
	return true
}

func (p *painter) keepHidden(chars string) {
	if p.hidden.Len() < 1000 {
		p.hidden.WriteString(chars)
	}
}

// quarters is how often text is turned by 90 degrees against the clock, -1 where it stands aslant.
func quarters(a, b float64) int {
	switch {
	case math.Abs(b) <= math.Abs(a)*0.05 && a > 0:
		return 0
	case math.Abs(a) <= math.Abs(b)*0.05 && b > 0:
		return 1
	case math.Abs(b) <= math.Abs(a)*0.05 && a < 0:
		return 2
	case math.Abs(a) <= math.Abs(b)*0.05 && b < 0:
		return 3
	}
	return -1
}

// turn turns a point back.
func turn(x, y float64, turned int) (float64, float64) {
	switch turned {
	case 1:
		return y, -x
	case 2:
		return -x, -y
	case 3:
		return -y, x
	}
	return x, y
}

// append lets the open span grow by a character, or opens another.
func (p *painter) append(s span) {
	if o := p.open; o != nil {
		gap := s.x0 - o.x1
		near := o.turned == s.turned && math.Abs(s.y-o.y) < 0.1*o.size && math.Abs(s.size-o.size) < 0.1*o.size
		if near && gap > -0.5*o.size && gap < cellGap*o.size {
			if last, _ := utf8.DecodeLastRuneInString(p.grown.String()); gap > wordGap*o.size && !unicode.IsSpace(last) {
				p.grown.WriteByte(' ')
			}
			p.grown.WriteString(s.text)
			o.x1 = s.x1
			o.bold = o.bold && s.bold
			return
		}
		p.close()
	}
	p.open = &s
	p.grown.WriteString(s.text)
}

func (p *painter) close() {
	if p.open == nil {
		return
	}
	p.open.text = tidy(p.grown.String())
	if strings.TrimSpace(p.open.text) != "" {
		p.spans = append(p.spans, *p.open)
	}
	p.open = nil
	p.grown.Reset()
}

// tidy takes ligatures apart and drops what is no text.
func tidy(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == 0xa0 || r == '\n' || r == '\r':
			return ' '
		case r >= 0xf000 && r <= 0xf0ff: // signs of their own: bullets, nearly always
			return '•'
		case unicode.IsControl(r) || r == utf8.RuneError:
			return -1
		}
		return r
	}, ligatures.Replace(norm.NFC.String(s)))
}

var ligatures = strings.NewReplacer("ﬁ", "fi", "ﬂ", "fl", "ﬀ", "ff", "ﬃ", "ffi", "ﬄ", "ffl", "ﬅ", "st", "ﬆ", "st")
