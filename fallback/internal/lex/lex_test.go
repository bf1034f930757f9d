package lex_test

import (
	"strings"
	"testing"

	"switchboard/fallback/internal/lex"
)

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"Cancelación": "cancelacion", "STRASSE": "strasse", "Straße": "strasse", "don’t": "don't", "ｉｇｎ": "ign", "ig\u200bnore": "ignore",
		"cafe\u0301": "cafe", "плата": "плaтa",
	} {
		if got := lex.Fold(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"Don't pay €4.99, e-mail us!": "don't|pay|4.99|e-mail|us", "a.b c,d": "a|b|c|d", "1,000 x": "1,000|x", "": "", "…": "",
	} {
		if got := strings.Join(lex.Words(in), "|"); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestStem(t *testing.T) {
	for _, same := range [][]string{
		{"en", "charge", "charges", "charged", "charging"}, {"en", "cancel", "cancelled", "cancelling", "cancellation"},
		{"en", "bill", "bills", "billing"}, {"en", "activate", "activated", "activation"}, {"en", "country", "countries"},
		{"es", "cancelar", "cancelado", "cancelación", "cancelando"}, {"es", "factura", "facturas"}, {"es", "llamada", "llamadas", "llamar"},
	} {
		want := lex.Stem(lex.Fold(same[1]), same[0])
		for _, w := range same[2:] {
			if got := lex.Stem(lex.Fold(w), same[0]); got != want {
				t.Errorf("%s is %q, %s is %q", same[1], want, w, got)
			}
		}
	}
}

func FuzzTokens(f *testing.F) {
	f.Add("Hello, wörld. 1,000 \xff")
	f.Fuzz(func(t *testing.T, s string) {
		last := 0
		for _, tok := range lex.Tokens(s) {
			if tok.Start < last || tok.End <= tok.Start || tok.End > len(s) {
				t.Fatalf("token %+v behind %d", tok, last)
			}
			last = tok.End
		}
	})
}
