package gateway

import (
	"testing"
	"time"

	"switchboard"
)

func TestBackIsSaidInTheTeamsTime(t *testing.T) {
	zone := func(name string) *time.Location {
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	dublin, tokyo, dubai := zone("Europe/Dublin"), zone("Asia/Tokyo"), zone("Asia/Dubai")
	for _, test := range []struct {
		lang      string
		now, next time.Time
		want      string
	}{
		{"en", time.Date(2026, 12, 1, 6, 0, 0, 0, time.UTC), time.Date(2026, 12, 1, 8, 0, 0, 0, dublin), "today at 08:00 (GMT)"},
		{"es", time.Date(2026, 12, 1, 6, 0, 0, 0, time.UTC), time.Date(2026, 12, 1, 8, 0, 0, 0, dublin), "hoy a las 08:00 (GMT)"},
		{"en-IE", time.Date(2026, 7, 1, 22, 30, 0, 0, time.UTC), time.Date(2026, 7, 2, 8, 0, 0, 0, dublin), "tomorrow at 08:00 (IST)"},
		// The team's today, not the customer's.
		{"es-ES", time.Date(2026, 12, 1, 16, 0, 0, 0, time.UTC), time.Date(2026, 12, 2, 8, 30, 0, 0, tokyo), "hoy a las 08:30 (JST)"},
		{"en", time.Date(2026, 12, 4, 22, 0, 0, 0, time.UTC), time.Date(2026, 12, 7, 8, 0, 0, 0, dublin), "on Monday 7 December at 08:00 (GMT)"},
		{"es", time.Date(2026, 12, 4, 22, 0, 0, 0, time.UTC), time.Date(2026, 12, 9, 8, 0, 0, 0, dublin), "el miércoles 9 de diciembre a las 08:00 (GMT)"},
		{"en", time.Date(2026, 12, 4, 22, 0, 0, 0, time.UTC), time.Date(2026, 12, 7, 8, 0, 0, 0, dubai), "on Monday 7 December at 08:00 (UTC+04:00)"},
		{"pt", time.Date(2026, 12, 4, 22, 0, 0, 0, time.UTC), time.Date(2026, 12, 7, 8, 0, 0, 0, dublin), "2026-12-07 08:00 (GMT)"},
		{"en", time.Date(2026, 12, 4, 22, 0, 0, 0, time.UTC), time.Time{}, ""},
	} {
		if got := back(false, test.next, test.now, test.lang); got != test.want {
			t.Errorf("%s: %q, want %q", test.lang, got, test.want)
		}
	}
}

func TestQueueIsSaid(t *testing.T) {
	for _, test := range []struct {
		h              switchboard.Handoff
		lang           string
		position, wait string
	}{
		{switchboard.Handoff{}, "en", "", ""},
		{switchboard.Handoff{QueuePosition: 3, ETASeconds: 240}, "en", "3", "about 4 minutes"},
		{switchboard.Handoff{ETASeconds: 20}, "es", "", "un minuto aproximadamente"},
		{switchboard.Handoff{ETASeconds: 241}, "es", "", "unos 5 minutos"},
		{switchboard.Handoff{ETASeconds: 2 * 3600}, "en-GB", "", "about 2 hours"},
		{switchboard.Handoff{ETASeconds: 600}, "fr", "", "10 min"},
	} {
		position, wait := queue(test.h, test.lang)
		if position != test.position || wait != test.wait {
			t.Errorf("%+v: %q, %q; want %q, %q", test.h, position, wait, test.position, test.wait)
		}
	}
}
