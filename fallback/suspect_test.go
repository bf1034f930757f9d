package fallback

import (
	"testing"

	"switchboard/fallback/internal/lex"
)

// The classifier must know attacks and harmless texts that it has not learnt from.
func TestSuspectGeneralises(t *testing.T) {
	f, _, err := decode(defaultPolicy)
	if err != nil {
		t.Fatal(err)
	}
	attacks, harmless := f.attacks()
	const folds = 5
	var found, falsely int
	for k := range folds {
		part := func(all []string, held bool) (out []string) {
			for i, text := range all {
				if (i%folds == k) == held {
					out = append(out, text)
				}
			}
			return out
		}
		s := newSuspect(part(attacks, false), part(harmless, false))
		for _, text := range part(attacks, true) {
			if s.hints(lex.Tokens(text)) > 0 {
				found++
			}
		}
		for _, text := range part(harmless, true) {
			if s.hints(lex.Tokens(text)) > 1 {
				falsely++
			}
		}
	}
	t.Logf("%d of %d attacks raise suspicion, %d of %d harmless texts are taken for attacks", found, len(attacks), falsely, len(harmless))
	if found*10 < len(attacks)*3 || falsely*100 > len(harmless) {
		t.Error("too few, or too many")
	}
}
