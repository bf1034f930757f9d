package main

import (
	"strings"
	"testing"
)

func TestDecodeLabelled(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"a byte order mark": {"\ufeff{\"text\":\"a\",\"label\":\"b\"}\r\n\n{\"text\":\"c\",\"label\":\"d\"}", ""},
		"no label":          {`{"text":"a"}`, `rows:1: want {"text":…,"label":…}`},
		"no JSON":           {"{\"text\":\"a\",\"label\":\"b\"}\nnonsense", `rows:2: want {"text":…,"label":…}`},
		"a null character":  {`{"text":"a\u0000b","label":"c"}`, "rows:1: the text has a null character"},
		"a long text":       {`{"text":"` + strings.Repeat("a", longestText+1) + `","label":"b"}`, "rows:1: the text has more than 16384 bytes"},
		"a long line":       {`{"text":"` + strings.Repeat("a", longestRow+1) + `"}`, "rows:1: the line has more than 1048576 bytes"},
	} {
		rows, err := decodeLabelled("rows", strings.NewReader(c.in))
		switch {
		case c.want == "" && (err != nil || len(rows) != 2):
			t.Errorf("%s: %v, %v", name, rows, err)
		case c.want != "" && (err == nil || err.Error() != c.want):
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}
