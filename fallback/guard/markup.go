package guard

import (
	"fmt"
	"strings"
)

// markup stops what a careless page could load or run: tags, images, links in Markdown, script and data addresses.
// Bold, lists, code spans and tables are text.
func markup(s *sentence) string {
	low := squeeze(s.Sentence)
	for _, scheme := range []string{"javascript:", "vbscript:", "data:text", "data:image", "data:application", "blob:", "file:"} {
		if strings.Contains(low, scheme) {
			return fmt.Sprintf("%q is not allowed in a reply", scheme)
		}
	}
	if tag := htmlTag(s.Sentence); tag != "" {
		return fmt.Sprintf("HTML %q is not allowed in a reply", tag)
	}
	for _, sign := range []string{"](", "]:", "][", "![", "&#", "&lt", "\\u003c", "&colon", "&tab"} {
		i := strings.Index(low, sign)
		if i >= 0 && !(sign == "][" && adjacentMarkers(low, i)) && !(sign == "]:" && markerBefore(low, i)) {
			return fmt.Sprintf("markup %q is not allowed in a reply", sign)
		}
	}
	return ""
}

// squeeze folds case and removes the white space and control characters that browsers ignore inside a scheme.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r <= ' ', r == 0x7F, r == 0xAD, r >= 0x200B && r <= 0x200F, r == 0xFEFF:
			return -1
		case r >= 0xFF01 && r <= 0xFF5E:
			r -= 0xFEE0
		}
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

// htmlTag returns what looks like a tag, a comment or an entity's declaration, cut short.
func htmlTag(s string) string {
	for i := 0; i+1 < len(s); i++ {
		if s[i] != '<' && !strings.HasPrefix(s[i:], "＜") {
			continue
		}
		if s[i] != '<' {
			return "＜"
		}
		if c := s[i+1]; c == '/' || c == '!' || c == '?' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			return s[i:min(len(s), i+12)]
		}
	}
	return ""
}

// adjacentMarkers reports whether the brackets at i are those of "[1][2]".
func adjacentMarkers(s string, i int) bool {
	n, _ := markerAt(s[i+1:])
	return n > 0 && markerBefore(s, i)
}

// markerBefore reports whether the closing bracket at i closes a citation marker.
func markerBefore(s string, i int) bool {
	open := strings.LastIndexByte(s[:i], '[')
	if open < 0 {
		return false
	}
	for _, r := range s[open+1 : i] {
		if (r < '0' || r > '9') && r != ',' && r != ' ' && r != '-' {
			return false
		}
	}
	return i > open+1
}
