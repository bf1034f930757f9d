package fallback

import "testing"

func TestOneSlip(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"roamung", "roaming", true}, {"romaing", "roaming", true}, {"roming", "roaming", true}, {"roamiing", "roaming", true},
		{"swizerland", "switzerland", true}, {"umused", "unused", true}, {"charger", "charges", false}, {"roaming", "roaming", false},
		{"toaming", "roaming", false}, {"remuing", "roaming", false}, {"", "", false}, {"a", "a", false}, {"ab", "ba", false},
	} {
		if got := oneSlip(c.a, c.b); got != c.want {
			t.Errorf("%q, %q: %v", c.a, c.b, got)
		}
		if oneSlip(c.a, c.b) != oneSlip(c.b, c.a) {
			t.Errorf("%q, %q: not the same both ways", c.a, c.b)
		}
	}
}
