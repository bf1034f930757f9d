// Package hidden finds what in an article's text is meant for a language model instead of a reader: characters that
// nobody sees, instructions to drop one's instructions, marks that would open another role in a chat.
//
// Read [Find] and [Finding] first; [Strip] takes out the characters. The package must not know files, formats or
// documents. What it finds is a reason for a person to look, no proof: the defence is that retrieved text never
// becomes a role or an instruction.
package hidden

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Names of rules. They are stable: reports and exceptions name them.
const (
	ZeroWidth   = "zero_width"   // characters without width, inside of words or many together
	BidiControl = "bidi_control" // characters that turn the direction of text round, where no script needs them
	Tags        = "tag_characters"
	HiddenText  = "hidden_text" // text that a page does not show; found by those who read formats, and in Markdown's HTML
	Comment     = "comment"     // instructions in a comment
	Instruction = "instruction" // tells a model to drop its instructions, to be somebody else, to keep something from the user
	Steering    = "steering"    // tells a model what to put into its replies
	RoleMarker  = "role_marker" // marks that begin a turn or a role in a chat
)

// Finding is one suspicious place in a text.
type Finding struct {
	Rule       string `json:"rule"`
	Start, End int    // bytes of the text
	Excerpt    string `json:"excerpt"` // printable, at most about 80 characters
}

// Find returns what is suspicious in text, in the order of where it begins. It takes time in proportion to the text.
func Find(text string) []Finding {
	out := unseen(text)
	clean, at := strip(text)
	for _, f := range phrases(clean) {
		f.Start, f.End = original(at, f.Start), original(at, f.End)
		out = append(out, f)
	}
	slices.SortStableFunc(out, func(a, b Finding) int { return a.Start - b.Start })
	return out
}

// Excerpt makes s fit to be shown: on one line, printable, short.
func Excerpt(s string) string {
	const most = 80
	var b strings.Builder
	n := 0
	for _, r := range strings.Join(strings.Fields(s), " ") {
		if n++; n > most {
			b.WriteRune('…')
			break
		}
		if !unicode.IsPrint(r) {
			r = '·'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// cut is a run of bytes that strip left out: before at bytes of clean text, size bytes of the original.
type cut struct{ at, size int }

// Strip returns text without the characters that nobody sees, but for those that a script or an emoji needs.
func Strip(text string) string {
	clean, _ := strip(text)
	return clean
}

func strip(text string) (string, []cut) {
	if plain(text) {
		return text, nil
	}
	var b strings.Builder
	var cuts []cut
	eachInvisible(text, func(start, end int, kind string, keep bool) {
		if keep {
			return
		}
		gone := 0
		if n := len(cuts); n > 0 {
			gone = cuts[n-1].size
		}
		from := 0
		if n := len(cuts); n > 0 {
			from = cuts[n-1].at + gone
		}
		b.WriteString(text[from:start])
		cuts = append(cuts, cut{b.Len(), gone + end - start})
	})
	if len(cuts) == 0 {
		return text, nil
	}
	last := cuts[len(cuts)-1]
	b.WriteString(text[last.at+last.size:])
	return b.String(), cuts
}

// original is the place in the original text of a place in the clean one; sizes in cuts add up.
func original(cuts []cut, at int) int {
	i, _ := slices.BinarySearchFunc(cuts, at, func(c cut, at int) int {
		if c.at <= at {
			return -1
		}
		return 1
	})
	if i == 0 {
		return at
	}
	return at + cuts[i-1].size
}

// plain reports whether text can have no invisible character: most texts are told so at the speed of memory.
func plain(text string) bool {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case 0xc2, 0xcc, 0xcd, 0xd8, 0xe1, 0xe2, 0xe3, 0xef, 0xf3: // lead bytes of theirs
			return false
		}
	}
	return true
}

// eachInvisible calls f with every run of invisible characters of one kind, and whether it belongs where it stands.
func eachInvisible(text string, f func(start, end int, kind string, keep bool)) {
	rtl := -1 // whether the text has a script that runs from right to left; -1: not looked yet
	before := rune(0)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		kind := kindOf(r)
		if kind == "" {
			before = r
			i += size
			continue
		}
		end := i + size
		for end < len(text) {
			next, size := utf8.DecodeRuneInString(text[end:])
			if kindOf(next) != kind {
				break
			}
			end += size
		}
		after, _ := utf8.DecodeRuneInString(text[end:])
		if kind == BidiControl && rtl < 0 {
			rtl = 0
			if strings.ContainsFunc(text, rightToLeft) {
				rtl = 1
			}
		}
		f(i, end, kind, needed(text[i:end], kind, before, after, rtl == 1))
		i = end
	}
}

// needed reports whether a run of invisible characters is part of how the text around it is written.
func needed(run, kind string, before, after rune, rtl bool) bool {
	switch kind {
	case selector:
		return utf8.RuneCountInString(run) == 1
	case Tags: // the flags of England, Scotland and Wales are a black flag, letters and an end
		return before == 0x1f3f4 && utf8.RuneCountInString(run) <= 7 && strings.HasSuffix(run, "\U000e007f")
	case BidiControl:
		return rtl && !strings.ContainsAny(run, "\u202d\u202e")
	}
	if utf8.RuneCountInString(run) > 2 {
		return false
	}
	switch {
	case strings.Trim(run, "\u200c\u200d") == "":
		return joins(before) || emoji(before) && emoji(after)
	case strings.Trim(run, "\u200b") == "": // ends words where no blank does
		return spaceless(before) && spaceless(after)
	}
	return false
}

// selector is the kind of variation selectors. One after a character chooses its form; many spell out bytes.
const selector = "selector"

// kindOf says what kind of invisible character r is, "" for none.
func kindOf(r rune) string {
	switch {
	case r < 0xad:
		return ""
	case r >= 0x200b && r <= 0x200d, r >= 0x2060 && r <= 0x2064, r >= 0x206a && r <= 0x206f, r == 0xfeff, r == 0xad, r == 0x34f,
		r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x180e, r == 0x3164, r == 0xffa0:
		return ZeroWidth
	case r == 0x200e, r == 0x200f, r == 0x61c, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return BidiControl
	case r >= 0xe0000 && r <= 0xe007f:
		return Tags
	case r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0100 && r <= 0xe01ef:
		return selector
	}
	return ""
}

func rightToLeft(r rune) bool {
	return unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko)
}

// joins reports whether r's script forms its letters by what stands next to them.
func joins(r rune) bool {
	return unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi,
		unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala,
		unicode.Khmer, unicode.Myanmar, unicode.Tibetan, unicode.Nko)
}

// spaceless reports whether r's script writes words without blanks between them.
func spaceless(r rune) bool {
	return unicode.In(r, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan)
}

// emoji reports whether r may be a part of a picture of several: people and hearts, skin tones, selectors.
func emoji(r rune) bool {
	return r >= 0x1f000 && r <= 0x1faff || r >= 0x2190 && r <= 0x2bff && unicode.Is(unicode.So, r) || r >= 0xfe00 && r <= 0xfe0f ||
		r == 0x2640 || r == 0x2642 || r == 0x20e3
}

// maxUnseen places are reported in a text; more say no more.
const maxUnseen = 100

// unseen finds runs of invisible characters that nobody types by accident.
func unseen(text string) []Finding {
	if plain(text) {
		return nil
	}
	var out []Finding
	eachInvisible(text, func(start, end int, kind string, keep bool) {
		run := text[start:end]
		if keep || len(out) == maxUnseen || harmless(text, start, end, run, kind) {
			return
		}
		f := Finding{Rule: kind, Start: start, End: end}
		switch kind {
		case selector:
			f.Rule = ZeroWidth
			f.Excerpt = around(text, start, end)
		case Tags:
			f.Excerpt = Excerpt(untag(run))
		default:
			f.Excerpt = around(text, start, end)
		}
		out = append(out, f)
	})
	return out
}

// harmless reports whether a run is what editors and copied text leave behind: a soft hyphen, one character at a
// word's edge, the pair around a copied number.
func harmless(text string, start, end int, run, kind string) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	after, _ := utf8.DecodeRuneInString(text[end:])
	inside := letter(before) && letter(after)
	switch kind {
	case ZeroWidth:
		return strings.Trim(run, "\u00ad") == "" || !inside && utf8.RuneCountInString(run) <= 2
	case BidiControl:
		return !strings.ContainsAny(run, "\u202d\u202e") && !inside && utf8.RuneCountInString(run) <= 2
	}
	return false
}

func letter(r rune) bool { return unicode.IsLetter(r) }

// around is what stands on both sides of a run, with the run as a dot.
func around(text string, start, end int) string {
	const side = 24
	from, to := max(0, start-side), min(len(text), end+side)
	for from > 0 && !utf8.RuneStart(text[from]) {
		from--
	}
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to++
	}
	return Excerpt(text[from:start] + "·" + text[end:to])
}

// untag reads tag characters as the ASCII that they stand for.
func untag(run string) string {
	return strings.Map(func(r rune) rune {
		if r -= 0xe0000; r >= ' ' && r < 0x7f {
			return r
		}
		return -1
	}, run)
}
