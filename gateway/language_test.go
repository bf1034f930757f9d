package gateway

import (
	"testing"

	"switchboard"
)

func TestTheLanguageOfAMessage(t *testing.T) {
	spoken := func(locale string, before ...string) switchboard.Conversation {
		c := switchboard.Conversation{Locale: locale}
		for _, lang := range before {
			c.Turns = append(c.Turns, switchboard.Turn{Lang: lang})
		}
		return c
	}
	tests := []struct {
		text string
		in   switchboard.Conversation
		want string
	}{
		{"How much is roaming in Switzerland?", spoken("en"), "en"},
		{"How much is roaming in Switzerland?", spoken("es"), "en"},
		{"How do I activate an eSIM on my phone?", spoken(""), "en"},
		{"¿Cuánto cuesta?", spoken("en"), "es"},
		{"Cuanto cuesta el roaming en Suiza por favor", spoken("en"), "es"},
		{"Wie viel kostet Roaming in der Schweiz?", spoken("en"), "de"},
		{"Combien coûte l'itinérance en Suisse ?", spoken("en"), "fr"},
		{"ok", spoken("es-MX"), "es"},
		{"ok", spoken("en", "es"), "es"},
		{"eSIM", spoken(""), "en"},
		{"Сколько стоит роуминг в Швейцарии?", spoken("en"), "ru"},
	}
	for _, tt := range tests {
		if got := languageOf(tt.text, tt.in); got != tt.want {
			t.Errorf("%q in %q: got %s, want %s", tt.text, tt.in.Locale, got, tt.want)
		}
	}
}
