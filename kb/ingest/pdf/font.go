package pdf

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// font says what characters its codes stand for and how wide they are.
type font struct {
	wide      bool              // codes have two bytes
	chars     map[uint32]string // by the font's own table of characters
	names     [256]string       // of one-byte codes, by encoding
	widths    map[uint32]float64
	otherwise float64 // width of a code without one; all in thousandths of the font's size
	bold      bool
	bullets   bool // a font of signs, whose codes say nothing
}

// unknown stands for a code that the font gives no character.
const unknown = "\ufffd"

// decode calls each with every code's characters, its width, and whether it is a one-byte blank.
func (t *font) decode(s str, each func(chars string, width float64, blank bool)) {
	step := 1
	if t.wide {
		step = 2
	}
	for i := 0; i+step <= len(s); i += step {
		code := uint32(s[i])
		if t.wide {
			code = code<<8 | uint32(s[i+1])
		}
		width, known := t.widths[code]
		if !known {
			width = t.otherwise
		}
		each(t.char(code), width, step == 1 && code == ' ')
	}
}

func (t *font) char(code uint32) string {
	if c, known := t.chars[code]; known {
		return c
	}
	if !t.wide {
		if t.bullets && code > ' ' {
			return "•"
		}
		if c := t.names[code&0xff]; c != "" {
			return c
		}
	}
	return unknown
}

// font reads a font's dictionary. What is broken in it costs characters, no more.
func (f *file) font(d dict) *font {
	t := &font{widths: map[uint32]float64{}, otherwise: 500}
	base := string(f.name(d["BaseFont"]))
	lower := strings.ToLower(base)
	t.bold = strings.Contains(lower, "bold") || strings.Contains(lower, "black") || strings.Contains(lower, "heavy")
	codeBytes := 0
	if s, is := f.get(d["ToUnicode"]).(stream); is {
		if data, err := f.decode(s); err == nil {
			t.chars, codeBytes = f.characters(data)
		}
	}
	if f.name(d["Subtype"]) == "Type0" {
		t.wide = codeBytes != 1
		f.wideWidths(t, d)
		return t
	}
	f.widths(t, d, lower)
	f.encode(t, d, base)
	return t
}

// widths reads those of one-byte codes. The standard fonts need not say theirs.
func (f *file) widths(t *font, d dict, lower string) {
	scale := 1.0
	if m := f.list(d["FontMatrix"]); len(m) == 6 { // of fonts that are drawings
		scale = math.Abs(f.number(m[0], 0.001)) * 1000
	}
	descriptor := f.dict(d["FontDescriptor"])
	if f.number(descriptor["FontWeight"], 400) >= 600 || int(f.number(descriptor["Flags"], 0))&(1<<18) != 0 {
		t.bold = true
	}
	list := f.list(d["Widths"])
	from := f.number(d["FirstChar"], 0)
	for i, w := range list {
		if code := from + float64(i); code >= 0 && code < 256 {
			t.widths[uint32(code)] = f.number(w, 0) * scale
		}
	}
	switch {
	case len(list) > 0:
		t.otherwise = f.number(descriptor["MissingWidth"], 0) * scale
	case strings.Contains(lower, "courier"):
		t.otherwise = 600
	default:
		for i, w := range helvetica {
			t.widths[uint32(' '+i)] = float64(w) * 10
		}
	}
}

// helvetica is the width of the characters from blank to ~ in hundredths, near enough for the other standard fonts.
var helvetica = [...]uint8{
	28, 28, 36, 56, 56, 89, 67, 19, 33, 33, 39, 58, 28, 33, 28, 28, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 28, 28, 58, 58, 58, 56,
	102, 67, 67, 72, 72, 67, 61, 78, 72, 28, 50, 67, 56, 83, 72, 78, 67, 78, 72, 67, 61, 72, 67, 94, 67, 67, 61, 28, 28, 28, 47, 56,
	33, 56, 56, 50, 56, 56, 28, 56, 56, 22, 22, 50, 22, 83, 56, 56, 56, 56, 33, 50, 28, 56, 50, 72, 50, 50, 50, 33, 26, 33, 58,
}

// wideWidths reads those of two-byte codes: [from [w w w]] and [from to w].
func (f *file) wideWidths(t *font, d dict) {
	below := f.list(d["DescendantFonts"])
	if len(below) == 0 {
		return
	}
	own := f.dict(below[0])
	t.otherwise = f.number(own["DW"], 1000)
	w := f.list(own["W"])
	for i := 0; i+1 < len(w); {
		from := f.number(w[i], -1)
		if each := f.list(w[i+1]); each != nil {
			for j, v := range each {
				f.widen(t, from+float64(j), f.number(v, 0))
			}
			i += 2
			continue
		}
		if i+2 >= len(w) {
			return
		}
		last, width := min(f.number(w[i+1], -1), 0xffff), f.number(w[i+2], 0)
		for code := from; code <= last && f.widen(t, code, width); code++ {
		}
		i += 3
	}
}

// costOfCode is what an entry of a font costs of the budget: a place in a table instead of a byte that is looked at.
const costOfCode = 40

// widen keeps a code's width; false means that the budget is spent.
func (f *file) widen(t *font, code, width float64) bool {
	if !f.budget.spend(costOfCode) {
		return false
	}
	if code >= 0 && code <= 0xffff {
		t.widths[uint32(code)] = width
	}
	return true
}

// encode fills in what one-byte codes stand for where the font has no table of characters.
func (f *file) encode(t *font, d dict, base string) {
	f.budget.spend(len(t.names) * costOfCode)
	encoding := f.get(d["Encoding"])
	kind, _ := encoding.(name)
	var differences array
	if e, is := encoding.(dict); is {
		kind, differences = f.name(e["BaseEncoding"]), f.list(e["Differences"])
	}
	if encoding == nil {
		t.bullets = strings.Contains(base, "Wingdings") || strings.Contains(base, "Dingbats") || strings.Contains(base, "Symbol")
	}
	from := charmap.Windows1252
	if kind == "MacRomanEncoding" {
		from = charmap.Macintosh
	}
	for code := range t.names {
		if r := from.DecodeByte(byte(code)); r >= ' ' && r != 0x7f && r != unicode.ReplacementChar {
			t.names[code] = string(r)
		}
	}
	if kind == "" && f.name(d["Subtype"]) != "TrueType" {
		for code, r := range standard {
			t.names[code] = string(r)
		}
	}
	at := 0.0
	for _, v := range differences {
		switch v := f.get(v).(type) {
		case float64:
			at = v
		case name:
			if at >= 0 && at < 256 {
				t.names[int(at)] = glyph(string(v))
			}
			at++
		}
	}
}

// standard is where Adobe's standard encoding differs from Windows' (PDF 32000-1, annex D.2), in what texts use.
var standard = map[int]rune{
	0x27: '’', 0x60: '‘', 0xa1: '¡', 0xa4: '⁄', 0xa8: '¤', 0xa9: '\'', 0xaa: '“', 0xac: '‹', 0xad: '›', 0xae: 'ﬁ', 0xaf: 'ﬂ',
	0xb1: '–', 0xb2: '†', 0xb3: '‡', 0xb4: '·', 0xb7: '•', 0xb8: '‚', 0xb9: '„', 0xba: '”', 0xbc: '…', 0xbd: '‰', 0xd0: '—',
	0xe1: 'Æ', 0xe3: 'ª', 0xe8: 'Ł', 0xe9: 'Ø', 0xea: 'Œ', 0xeb: 'º', 0xf1: 'æ', 0xf5: 'ı', 0xf8: 'ł', 0xf9: 'ø', 0xfa: 'œ', 0xfb: 'ß',
}

// glyph is what a glyph's name stands for (Adobe Glyph List, its part for Latin letters): "eacute", "uni20AC", "f_i".
func glyph(s string) string {
	s, _, _ = strings.Cut(s, ".")
	if parts := strings.Split(s, "_"); len(parts) > 1 && len(parts) < 8 {
		var b strings.Builder
		for _, p := range parts {
			b.WriteString(glyph(p))
		}
		return b.String()
	}
	if len(s) == 1 {
		return s
	}
	if r, known := signs[s]; known {
		return string(r)
	}
	for _, prefix := range []string{"uni", "u"} {
		if digits, is := strings.CutPrefix(s, prefix); is && len(digits) >= 4 && len(digits) <= 6 {
			if n, err := strconv.ParseUint(digits, 16, 32); err == nil && n <= unicode.MaxRune {
				return string(rune(n))
			}
		}
	}
	for accent, mark := range accents {
		if letter, is := strings.CutSuffix(s, accent); is && (len(letter) == 1 || letter == "dotlessi") {
			return norm.NFC.String(strings.Replace(letter, "dotlessi", "i", 1) + string(mark))
		}
	}
	return ""
}

var accents = map[string]rune{
	"acute": 0x301, "grave": 0x300, "circumflex": 0x302, "dieresis": 0x308, "tilde": 0x303, "caron": 0x30c, "cedilla": 0x327,
	"ring": 0x30a, "macron": 0x304, "ogonek": 0x328, "breve": 0x306, "dotaccent": 0x307, "hungarumlaut": 0x30b, "commaaccent": 0x326,
}

var signs = map[string]rune{
	"space": ' ', "nbspace": ' ', "exclam": '!', "quotedbl": '"', "numbersign": '#', "dollar": '$', "percent": '%', "ampersand": '&',
	"quotesingle": '\'', "quoteright": '’', "quoteleft": '‘', "parenleft": '(', "parenright": ')', "asterisk": '*', "plus": '+',
	"comma": ',', "hyphen": '-', "minus": '−', "period": '.', "slash": '/', "zero": '0', "one": '1', "two": '2', "three": '3',
	"four": '4', "five": '5', "six": '6', "seven": '7', "eight": '8', "nine": '9', "colon": ':', "semicolon": ';', "less": '<',
	"equal": '=', "greater": '>', "question": '?', "at": '@', "bracketleft": '[', "backslash": '\\', "bracketright": ']',
	"asciicircum": '^', "underscore": '_', "grave": '`', "braceleft": '{', "bar": '|', "braceright": '}', "asciitilde": '~',
	"exclamdown": '¡', "questiondown": '¿', "cent": '¢', "sterling": '£', "yen": '¥', "Euro": '€', "section": '§', "copyright": '©',
	"registered": '®', "trademark": '™', "degree": '°', "plusminus": '±', "multiply": '×', "divide": '÷', "paragraph": '¶',
	"periodcentered": '·', "bullet": '•', "ellipsis": '…', "endash": '–', "emdash": '—', "quotedblleft": '“', "quotedblright": '”',
	"quotedblbase": '„', "quotesinglbase": '‚', "guillemotleft": '«', "guillemotright": '»', "guilsinglleft": '‹', "guilsinglright": '›',
	"onehalf": '½', "onequarter": '¼', "threequarters": '¾', "onesuperior": '¹', "twosuperior": '²', "threesuperior": '³',
	"ordfeminine": 'ª', "ordmasculine": 'º', "mu": 'µ', "AE": 'Æ', "ae": 'æ', "OE": 'Œ', "oe": 'œ', "Oslash": 'Ø', "oslash": 'ø',
	"Eth": 'Ð', "eth": 'ð', "Thorn": 'Þ', "thorn": 'þ', "germandbls": 'ß', "Lslash": 'Ł', "lslash": 'ł', "dotlessi": 'ı', "Dcroat": 'Đ',
	"dcroat": 'đ', "dagger": '†', "daggerdbl": '‡', "perthousand": '‰', "florin": 'ƒ', "fi": 'ﬁ', "fl": 'ﬂ', "ff": 'ﬀ', "ffi": 'ﬃ',
	"ffl": 'ﬄ', "arrowright": '→', "arrowleft": '←', "lessequal": '≤', "greaterequal": '≥', "sfthyphen": 0xad, "softhyphen": 0xad,
}

const maxChars = 1 << 17 // entries of a font's table of characters

// characters reads a font's table of characters, and how many bytes its codes have, 0 if it does not say.
func (f *file) characters(data []byte) (chars map[uint32]string, codeBytes int) {
	chars = map[uint32]string{}
	l := &lexer{b: data, budget: f.budget}
	var operands []any
	for {
		switch v := l.next(); v {
		case end:
			return chars, codeBytes
		case op("endcodespacerange"):
			for _, v := range operands {
				if s, is := v.(str); is {
					codeBytes = max(codeBytes, len(s))
				}
			}
		case op("endbfchar"):
			for i := 0; i+1 < len(operands); i += 2 {
				from, _ := operands[i].(str)
				to, _ := operands[i+1].(str)
				if len(chars) < maxChars {
					chars[code(from)] = utf16Text(to)
				}
			}
		case op("endbfrange"):
			for i := 0; i+2 < len(operands); i += 3 {
				f.addRange(chars, operands[i], operands[i+1], operands[i+2])
			}
		default:
			if _, is := v.(op); !is && len(operands) < maxChars {
				operands = append(operands, v)
				continue
			}
		}
		operands = operands[:0]
	}
}

// addRange gives the codes from lo to hi the characters in a list, or those that follow on a first.
func (f *file) addRange(chars map[uint32]string, lo, hi, to any) {
	low, _ := lo.(str)
	high, _ := hi.(str)
	from, upTo := code(low), min(code(high), code(low)|0xffff)
	switch to := to.(type) {
	case array:
		for i, v := range to {
			if s, is := v.(str); is && from+uint32(i) <= upTo && len(chars) < maxChars {
				chars[from+uint32(i)] = utf16Text(s)
			}
		}
	case str:
		first := []rune(utf16Text(to))
		for c := from; len(first) > 0 && c <= upTo && len(chars) < maxChars && f.budget.spend(costOfCode); c++ {
			chars[c] = string(first)
			first[len(first)-1]++
		}
	}
}

func code(s str) uint32 {
	n := uint32(0)
	for i := range min(len(s), 4) {
		n = n<<8 | uint32(s[i])
	}
	return n
}

func utf16Text(s str) string {
	units := make([]uint16, 0, len(s)/2)
	for i := 0; i+1 < len(s); i += 2 {
		units = append(units, uint16(s[i])<<8|uint16(s[i+1]))
	}
	if len(s) == 1 {
		return string(rune(s[0]))
	}
	return string(utf16.Decode(units))
}

// text decodes a string of the kind that titles are.
func (s str) text() string {
	switch {
	case strings.HasPrefix(string(s), "\xfe\xff"):
		return utf16Text(s[2:])
	case strings.HasPrefix(string(s), "\xef\xbb\xbf"):
		return strings.ToValidUTF8(string(s[3:]), "")
	}
	out, _ := charmap.Windows1252.NewDecoder().String(string(s)) // near enough to PDF's own
	return out
}
