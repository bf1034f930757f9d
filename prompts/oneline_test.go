package prompts

import "testing"

func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a b": "a b", " a": "a", "a ": "a", "a  b": "a b", "a\nb": "a b", "a\x7fb": "a b", "ä b": "ä b", "a\u00a0b": "a b", "ä\u2003\tb ": "ä b",
		" ": "", "~!": "~!",
	} {
		if got := oneLine(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
