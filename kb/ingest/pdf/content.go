package pdf

import (
	"bytes"
	"math"
	"strings"
)

// matrix maps (x, y) to (a x + c y + e, b x + d y + f).
type matrix struct{ a, b, c, d, e, f float64 }

var identity = matrix{a: 1, d: 1}

// then is m followed by n.
func (m matrix) then(n matrix) matrix {
	return matrix{
		m.a*n.a + m.b*n.c, m.a*n.b + m.b*n.d, m.c*n.a + m.d*n.c, m.c*n.b + m.d*n.d,
		m.e*n.a + m.f*n.c + n.e, m.e*n.b + m.f*n.d + n.f,
	}
}

func (m matrix) point(x, y float64) (float64, float64) {
	return m.a*x + m.c*y + m.e, m.b*x + m.d*y + m.f
}

// box is a rectangle on the page, in points.
type box struct{ x0, y0, x1, y1 float64 }

var nowhere = box{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}

func (b box) with(x, y float64) box {
	return box{min(b.x0, x), min(b.y0, y), max(b.x1, x), max(b.y1, y)}
}

func (b box) has(x, y float64) bool { return x >= b.x0 && x <= b.x1 && y >= b.y0 && y <= b.y1 }

// span is text that stands together on a line, without a wide gap.
type span struct {
	x0, x1, y float64 // on a page that is turned so that its text is upright; y grows upwards
	size      float64
	bold      bool
	turned    int // quarter turns
	text      string
}

// graphics is the state that q saves and Q restores.
type graphics struct {
	ctm                           matrix
	font                          *font
	size, spacing, words, leading float64
	stretch, rise                 float64
	mode                          int
	white, clear                  bool // of what is filled: its colour, and that it is transparent
	knownSpace                    bool // numbers of colours mean what they seem to
}

const (
	maxSaved  = 256
	maxForms  = 8       // drawings in each other
	maxSpans  = 200_000 // a page
	maxFills  = 5_000   // a page
	tinyPoint = 1.0     // no eye reads text below this size
)

// painter follows a page's drawing and collects its text.
type painter struct {
	f      *file
	fonts  map[ref]*font
	page   box
	g      graphics
	saved  []graphics
	tm, lm matrix // of the text, of its line
	path   box
	fills  []box  // what was painted in a colour, or by a picture
	marks  []bool // whether what is marked, or something around it, is no part of the text
	unread int    // codes without a character
	read   int
	spans  []span
	open   *span // that still grows
	grown  strings.Builder
	hidden strings.Builder
}

// drawing interprets a content stream with the resources for it.
func (p *painter) drawing(data []byte, resources dict, depth int) {
	l := &lexer{b: data, budget: p.f.budget}
	own := map[name]*font{}
	var operands []any
	for {
		v := l.next()
		if v == end || len(p.spans) > maxSpans {
			return
		}
		w, is := v.(op)
		if !is {
			if len(operands) < 64 {
				operands = append(operands, v)
			}
			continue
		}
		switch w {
		case "BI":
			skipImage(l)
		case "Do":
			p.do(operands, resources, depth)
		case "Tf":
			p.setFont(operands, resources, own)
		case "gs":
			p.setAlpha(operands, resources)
		case "cs":
			p.setSpace(operands, resources)
		default:
			p.operate(string(w), operands)
		}
		operands = operands[:0]
	}
}

// skipImage goes past a picture that stands in the drawing itself.
func skipImage(l *lexer) {
	for {
		n := bytes.Index(l.b[l.at:], []byte("EI"))
		if n < 0 {
			l.at = len(l.b)
			return
		}
		at := l.at + n
		l.at = at + 2
		if at > 0 && blank(l.b[at-1]) && (l.at >= len(l.b) || blank(l.b[l.at])) {
			return
		}
	}
}

// costOfForm is what a drawing within a drawing costs of the budget, beside its bytes.
const costOfForm = 1000

func (p *painter) do(operands []any, resources dict, depth int) {
	if len(operands) == 0 || depth >= maxForms || !p.f.budget.spend(costOfForm) {
		return
	}
	key, _ := operands[0].(name)
	s, is := p.f.get(p.f.dict(resources["XObject"])[key]).(stream)
	if !is {
		return
	}
	if p.f.name(s.dict["Subtype"]) == "Image" {
		b := nowhere
		for _, corner := range [][2]float64{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
			b = b.with(p.g.ctm.point(corner[0], corner[1]))
		}
		p.fill(b)
		return
	}
	data, err := p.f.decode(s)
	if err != nil {
		return
	}
	before, saved, marks := p.g, len(p.saved), len(p.marks)
	if m := p.f.list(s.dict["Matrix"]); len(m) == 6 {
		p.g.ctm = p.f.matrix(m).then(p.g.ctm)
	}
	if own := p.f.dict(s.dict["Resources"]); own != nil {
		resources = own
	}
	p.drawing(data, resources, depth+1)
	p.g, p.saved, p.marks = before, p.saved[:min(saved, len(p.saved))], p.marks[:min(marks, len(p.marks))]
}

func (f *file) matrix(m array) matrix {
	n := func(i int) float64 { return f.number(m[i], 0) }
	return matrix{n(0), n(1), n(2), n(3), n(4), n(5)}
}

// setFont takes a font of the file's, or one that stands in the resources themselves; those are kept in own.
func (p *painter) setFont(operands []any, resources dict, own map[name]*font) {
	if len(operands) < 2 {
		return
	}
	key, _ := operands[0].(name)
	p.g.size = p.f.number(operands[1], 0)
	at := p.f.dict(resources["Font"])[key]
	r, shared := at.(ref)
	if t := p.fonts[r]; shared && t != nil {
		p.g.font = t
		return
	}
	if t := own[key]; !shared && t != nil {
		p.g.font = t
		return
	}
	p.g.font = p.f.font(p.f.dict(at))
	if shared {
		p.fonts[r] = p.g.font
	} else {
		own[key] = p.g.font
	}
}

func (p *painter) setAlpha(operands []any, resources dict) {
	if len(operands) > 0 {
		key, _ := operands[0].(name)
		if state := p.f.dict(p.f.dict(resources["ExtGState"])[key]); state["ca"] != nil {
			p.g.clear = p.f.number(state["ca"], 1) < 0.05
		}
	}
}

// setSpace keeps whether what is known of a colour says white: in spaces of inks of their own, 1 may be any colour.
func (p *painter) setSpace(operands []any, resources dict) {
	p.g.white, p.g.knownSpace = false, false
	if len(operands) == 0 {
		return
	}
	key, _ := operands[0].(name)
	if space := p.f.list(p.f.dict(resources["ColorSpace"])[key]); len(space) > 1 && p.f.name(space[0]) == "ICCBased" {
		p.g.knownSpace = true
	}
	p.g.knownSpace = p.g.knownSpace || strings.HasPrefix(string(key), "Device")
}

func (p *painter) operate(w string, operands []any) {
	n := make([]float64, 0, 6)
	for _, v := range operands {
		if x, is := v.(float64); is {
			n = append(n, x)
		}
	}
	_ = p.paint(w, n, operands) || p.place(w, n) || p.set(w, n) || p.show(w, n, operands)
}

// paint does what fills areas, chooses colours, saves state and marks content.
func (p *painter) paint(w string, n []float64, operands []any) bool {
	switch w {
	case "q":
		if len(p.saved) < maxSaved {
			p.saved = append(p.saved, p.g)
		}
	case "Q":
		if last := len(p.saved) - 1; last >= 0 {
			p.g, p.saved = p.saved[last], p.saved[:last]
		}
	case "cm":
		if len(n) == 6 {
			p.g.ctm = matrix{n[0], n[1], n[2], n[3], n[4], n[5]}.then(p.g.ctm)
		}
	case "g", "rg", "k", "sc", "scn":
		known := p.g.knownSpace || w == "g" || w == "rg" || w == "k"
		p.g.white = known && len(n) == len(operands) && white(n)
	case "m", "l", "c", "v", "y":
		if len(n) >= 2 {
			p.path = p.path.with(p.g.ctm.point(n[len(n)-2], n[len(n)-1]))
		}
	case "re":
		if len(n) == 4 {
			p.path = p.path.with(p.g.ctm.point(n[0], n[1]))
			p.path = p.path.with(p.g.ctm.point(n[0]+n[2], n[1]+n[3]))
		}
	case "f", "F", "f*", "B", "B*", "b", "b*":
		if !p.g.white {
			p.fill(p.path)
		}
		p.path = nowhere
	case "n", "S", "s":
		p.path = nowhere
	case "sh":
		p.fill(p.page)
	case "BMC", "BDC":
		artifact := len(operands) > 0 && operands[0] == name("Artifact")
		if len(p.marks) < maxSaved {
			p.marks = append(p.marks, artifact || p.marked())
		}
	case "EMC":
		p.marks = p.marks[:max(0, len(p.marks)-1)]
	default:
		return false
	}
	return true
}

func (p *painter) fill(b box) {
	if len(p.fills) < maxFills {
		p.fills = append(p.fills, b)
	}
}

// white reports whether a grey, red-green-blue or ink colour is all but white.
func white(n []float64) bool {
	for _, v := range n {
		if len(n) == 4 && v > 0.03 || len(n) != 4 && v < 0.97 {
			return false
		}
	}
	return len(n) == 1 || len(n) == 3 || len(n) == 4
}

// place moves to where text goes.
func (p *painter) place(w string, n []float64) bool {
	move := func(x, y float64) {
		p.lm = matrix{a: 1, d: 1, e: x, f: y}.then(p.lm)
		p.tm = p.lm
	}
	switch w {
	case "BT":
		p.tm, p.lm = identity, identity
	case "ET":
	case "Td", "TD":
		if len(n) == 2 {
			if w == "TD" {
				p.g.leading = -n[1]
			}
			move(n[0], n[1])
		}
	case "Tm":
		if len(n) == 6 {
			p.lm = matrix{n[0], n[1], n[2], n[3], n[4], n[5]}
			p.tm = p.lm
		}
	case "T*":
		move(0, -p.g.leading)
	default:
		return false
	}
	return true
}

// set changes one number of the text's state.
func (p *painter) set(w string, n []float64) bool {
	var to *float64
	switch w {
	case "Tc":
		to = &p.g.spacing
	case "Tw":
		to = &p.g.words
	case "TL":
		to = &p.g.leading
	case "Ts":
		to = &p.g.rise
	case "Tz":
		if len(n) == 1 {
			p.g.stretch = n[0] / 100
		}
		return true
	case "Tr":
		if len(n) == 1 {
			p.g.mode = int(n[0])
		}
		return true
	default:
		return false
	}
	if len(n) == 1 {
		*to = n[0]
	}
	return true
}
