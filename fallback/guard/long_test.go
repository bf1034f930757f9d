package guard_test

import (
	"strings"
	"testing"
	"time"

	"switchboard/fallback/guard"
)

// No sentence of 10 kB takes long, whatever it is made of.
func TestLongSentencesAreCheckedQuickly(t *testing.T) {
	for _, part := range []string{
		"a", "1", "€5 a month, ", "[1]", "(((", "i will ", "not ", "A b ", "5 GB to ", "one hundred and ", "+353 1 ", "..", "<", "a.b@c.d ", "://", "Monday to ", "1-", "1/", "you will ... ",
		"no te cobraremos ", "Zone 4 ", "QUJD", "7f 7f ", "\u200b", "é", "。", "if ", "month first ", "I've gone ahead and refunded ",
	} {
		d := draft().Prepared()
		d.Sentence = strings.Repeat(part, 10_000/len(part))
		began := time.Now()
		guard.Check(d)
		if took := time.Since(began); took > time.Second {
			t.Errorf("%q: %s", part, took)
		} else if took > 50*time.Millisecond {
			t.Logf("%q: %s", part, took)
		}
	}
}
