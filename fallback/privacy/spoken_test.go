package privacy_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"switchboard/fallback/privacy"
)

func TestSpoken(t *testing.T) {
	for _, c := range []struct{ text, lang, want string }{
		{"We will use [PHONE_1] for that.", "en", "We will use your phone number for that."},
		{"Usaremos [EMAIL_2].", "es", "Usaremos su correo electrónico."},
		{"The plan [1] costs €5 [2, 3].", "en", "The plan [1] costs €5 [2, 3]."},
		{"It is [MEMBER_1].", "de", "It is your details."},
	} {
		if got := privacy.Spoken(c.text, c.lang); got != c.want {
			t.Errorf("%q in %s is %q, want %q", c.text, c.lang, got, c.want)
		}
	}
}

// TestNumbersOfTelecoms makes numbers with valid check digits, in the forms in which customers write them, and counts
// those that are found whole. Nothing introduces them, but for IMSIs, which have no check digit.
func TestNumbersOfTelecoms(t *testing.T) {
	const each = 400
	rng := rand.New(rand.NewPCG(7, 7))
	digits := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte(byte('0' + rng.IntN(10)))
		}
		return b.String()
	}
	group := func(s, sep string, sizes ...int) string {
		var parts []string
		for _, n := range sizes {
			parts, s = append(parts, s[:n]), s[n:]
		}
		return strings.Join(append(parts, s), sep)
	}
	makers := map[privacy.Type]func() []string{
		privacy.IMEI: func() []string {
			n := withLuhn("35" + digits(12))
			return []string{n, group(n, " ", 2, 6, 6), group(n, "-", 2, 6, 6)}
		},
		privacy.ICCID: func() []string {
			n := withLuhn("89353" + digits(13))
			return []string{n, group(n, " ", 4, 4, 4, 4)}
		},
		privacy.Card: func() []string {
			n := withLuhn("4" + digits(14))
			return []string{n, group(n, " ", 4, 4, 4), group(n, "-", 4, 4, 4)}
		},
		privacy.IBAN: func() []string {
			n := withMod97("ES", digits(20))
			return []string{n, group(n, " ", 4, 4, 4, 4, 4)}
		},
		privacy.IMSI: func() []string { return []string{"27201" + digits(10)} },
	}
	frames := []string{"my number is %s, can you check?", "%s", "Please look at %s\nThanks", "es el %s, gracias"}
	for typ, makeOne := range makers {
		found, all := 0, 0
		var missed string
		for range each {
			for _, form := range makeOne() {
				text := fmt.Sprintf(frames[rng.IntN(len(frames))], form)
				if typ == privacy.IMSI {
					text = "IMSI " + text
				}
				all++
				masked, _ := privacy.Default().Mask(text)
				if strings.ContainsAny(strings.ReplaceAll(string(masked), "_1]", ""), "0123456789") {
					missed = text
					continue
				}
				found++
			}
		}
		if float64(found) < 0.97*float64(all) {
			t.Errorf("%s: %d of %d were masked whole, such as not %q", typ, found, all, missed)
		}
		t.Logf("%s: %d of %d", typ, found, all)
	}
}

func withLuhn(body string) string {
	sum := 0
	for i := range len(body) {
		d := int(body[len(body)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return body + string(rune('0'+(10-sum%10)%10))
}

func withMod97(country, body string) string {
	rest := 0
	for _, r := range body + fmt.Sprint(int(country[0]-'A')+10) + fmt.Sprint(int(country[1]-'A')+10) + "00" {
		rest = (rest*10 + int(r-'0')) % 97
	}
	return fmt.Sprintf("%s%02d%s", country, 98-rest, body)
}
