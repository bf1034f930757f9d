package ingest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"switchboard/kb/ingest/hidden"
)

// fewWords is how many words a hidden piece of text may have without being worth a look: labels of icons and the like.
const fewWords = 3

// comments finds instructions in comments, which no reader of a page sees and which Markdown leaves out.
func comments(body *goquery.Selection) []hidden.Finding {
	var out []hidden.Finding
	each(body.Nodes[0], func(n *html.Node) {
		if n.Type != html.CommentNode {
			return
		}
		if found := hidden.Find(n.Data); len(found) > 0 && len(out) < maxFound {
			out = append(out, hidden.Finding{Rule: hidden.Comment, Excerpt: found[0].Excerpt})
		}
	})
	return out
}

// maxFound bounds what is told of one document.
const maxFound = 20

// each calls f with n and everything below it, parents first. nodesDeep bounds how deep that is.
func each(n *html.Node, f func(*html.Node)) {
	f(n)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		each(c, f)
	}
}

// removeHidden takes out what a browser would not show and tells what it said.
func removeHidden(body *goquery.Selection) []hidden.Finding {
	var out []hidden.Finding
	body.Find("[style], [hidden], [aria-hidden], font[color]").Each(func(_ int, s *goquery.Selection) {
		if detached(s.Nodes[0], body.Nodes[0]) || !invisible(s) {
			return
		}
		text := oneLine(s.Text())
		if found := hidden.Find(text); len(found) > 0 && len(out) < maxFound {
			out = append(out, hidden.Finding{Rule: found[0].Rule, Excerpt: found[0].Excerpt})
		}
		if len(strings.Fields(text)) > fewWords && len(out) < maxFound {
			out = append(out, hidden.Finding{Rule: hidden.HiddenText, Excerpt: hidden.Excerpt(text)})
		}
		s.Remove()
	})
	return out
}

// detached reports whether n was taken out together with an element around it.
func detached(n, root *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == root {
			return false
		}
	}
	return true
}

func invisible(s *goquery.Selection) bool {
	if _, is := s.Attr("hidden"); is || strings.EqualFold(s.AttrOr("aria-hidden", ""), "true") {
		return true
	}
	style := parseStyle(s.AttrOr("style", ""))
	if unshown(style) {
		return true
	}
	color := style["color"]
	if color == "" && goquery.NodeName(s) == "font" {
		color = s.AttrOr("color", "")
	}
	return color != "" && blends(color, s)
}

// parseStyle reads a style attribute. Names and values are in lower case, without blanks and "!important".
func parseStyle(s string) map[string]string {
	out := map[string]string{}
	for _, part := range strings.Split(strings.ToLower(s), ";") {
		name, value, _ := strings.Cut(part, ":")
		value = strings.ReplaceAll(value, "!important", "")
		out[strings.TrimSpace(name)] = strings.Join(strings.Fields(value), " ")
	}
	return out
}

// unshown reports whether a style keeps text from being seen, colours aside.
func unshown(style map[string]string) bool {
	switch {
	case style["display"] == "none", style["visibility"] == "hidden", style["visibility"] == "collapse",
		style["content-visibility"] == "hidden",
		style["opacity"] != "" && number(style["opacity"]) < 0.05,
		style["font-size"] != "" && tiny(style["font-size"]),
		strings.HasPrefix(style["clip"], "rect(0"), strings.HasPrefix(style["clip"], "rect(1px"),
		strings.HasPrefix(style["clip-path"], "inset(50%"), strings.HasPrefix(style["clip-path"], "inset(100%"),
		strings.Contains(style["transform"], "scale(0)"),
		style["text-indent"] != "" && number(style["text-indent"]) < -400:
		return true
	}
	if style["position"] == "absolute" || style["position"] == "fixed" {
		for _, side := range []string{"left", "right", "top", "bottom"} {
			if number(style[side]) < -400 {
				return true
			}
		}
	}
	if style["overflow"] == "hidden" {
		for _, side := range []string{"height", "width", "max-height", "max-width"} {
			if v := style[side]; v != "" && tiny(v) {
				return true
			}
		}
	}
	return false
}

// number is the number that a value begins with, 0 if there is none.
func number(s string) float64 {
	end := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789.+-", r) })
	if end < 0 {
		end = len(s)
	}
	n, err := strconv.ParseFloat(s[:end], 64)
	if err != nil {
		return 0
	}
	if strings.HasSuffix(s, "em") { // em and rem, at the usual size
		n *= 16
	}
	return n
}

// tiny reports whether a length is at most a pixel. Shares of an unknown whole are not, unless they are nothing.
func tiny(s string) bool {
	if s == "" || !strings.ContainsAny(s[:1], "0123456789.") {
		return false
	}
	n := number(s)
	return n == 0 || n <= 1 && !strings.HasSuffix(s, "%")
}

// blends reports whether a colour cannot be told from what is behind it, as far as styles in the page say: the nearest
// background, else white.
func blends(color string, s *goquery.Selection) bool {
	rgb, alpha, known := parseColor(color)
	if known && alpha < 0.05 {
		return true
	}
	if !known {
		return false
	}
	behind := [3]int{255, 255, 255}
	for n := s.Nodes[0]; n != nil; n = n.Parent {
		value, set := background(n)
		if !set {
			continue
		}
		back, alpha, known := parseColor(value)
		if !known {
			return false // a picture, or a name that we do not know
		}
		if alpha > 0.5 {
			behind = back
			break
		}
	}
	for i := range rgb {
		if d := rgb[i] - behind[i]; d > 12 || d < -12 {
			return false
		}
	}
	return true
}

// background is what an element says of what is behind its text.
func background(n *html.Node) (value string, set bool) {
	for _, a := range n.Attr {
		if a.Key == "bgcolor" {
			return strings.ToLower(a.Val), true
		}
		if a.Key != "style" {
			continue
		}
		style := parseStyle(a.Val)
		for _, name := range []string{"background-color", "background", "background-image"} {
			if v := style[name]; v != "" && v != "none" && v != "inherit" && v != "initial" {
				return v, true
			}
		}
	}
	return "", false
}

// parseColor reads the notations that styles use for colours, and the names of those that hide text.
func parseColor(s string) (rgb [3]int, alpha float64, known bool) {
	s = strings.TrimSpace(strings.ToLower(s))
	switch s {
	case "white", "#fff":
		return [3]int{255, 255, 255}, 1, true
	case "transparent":
		return rgb, 0, true
	case "black":
		return rgb, 1, true
	}
	if digits, is := strings.CutPrefix(s, "#"); is {
		return parseHex(digits)
	}
	name, rest, is := strings.Cut(s, "(")
	if !is || name != "rgb" && name != "rgba" {
		return rgb, 0, false
	}
	parts := strings.FieldsFunc(rest, func(r rune) bool { return strings.ContainsRune(", /)", r) })
	if len(parts) < 3 {
		return rgb, 0, false
	}
	for i := range rgb {
		v := number(parts[i])
		if strings.HasSuffix(parts[i], "%") {
			v *= 2.55
		}
		rgb[i] = int(max(0, min(v, 255)))
	}
	alpha = 1
	if len(parts) > 3 {
		if alpha = number(parts[3]); strings.HasSuffix(parts[3], "%") {
			alpha /= 100
		}
	}
	return rgb, alpha, true
}

func parseHex(digits string) (rgb [3]int, alpha float64, known bool) {
	if n := len(digits); n == 3 || n == 4 {
		var b []byte
		for i := range n {
			b = append(b, digits[i], digits[i])
		}
		digits = string(b)
	}
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || !slices.Contains([]int{6, 8}, len(digits)) {
		return rgb, 0, false
	}
	alpha = 1
	if len(digits) == 8 {
		alpha = float64(n&0xff) / 255
		n >>= 8
	}
	return [3]int{int(n >> 16), int(n >> 8 & 0xff), int(n & 0xff)}, alpha, true
}
