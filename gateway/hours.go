package gateway

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"switchboard"
)

// hoursFor is how a language says when something will be. Others read a date and a time, which no language misreads.
var hoursFor = map[string]struct {
	today, tomorrow, on, minute, minutes, hours string
	weekdays, months                            []string
}{
	"en": {
		"today at %s", "tomorrow at %s", "on %[1]s %[2]d %[3]s at %[4]s", "about a minute", "about %d minutes", "about %d hours",
		strings.Fields("Sunday Monday Tuesday Wednesday Thursday Friday Saturday"),
		strings.Fields("January February March April May June July August September October November December"),
	},
	"es": {
		"hoy a las %s", "mañana a las %s", "el %[1]s %[2]d de %[3]s a las %[4]s", "un minuto aproximadamente", "unos %d minutos", "unas %d horas",
		strings.Fields("domingo lunes martes miércoles jueves viernes sábado"),
		strings.Fields("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
	},
}

// back says when the support team is back, in the customer's language and the team's time zone; "" while it is there, and
// where nobody knows.
func back(open bool, next, now time.Time, lang string) string {
	if open || next.IsZero() {
		return ""
	}
	now = now.In(next.Location())
	zone := next.Format("MST")
	if strings.ContainsAny(zone[:1], "+-") { // zones without letters of their own
		zone = next.Format("UTC-07:00")
	}
	clock := next.Format("15:04") + " (" + zone + ")"
	words, known := hoursFor[primary(lang)]
	if !known {
		return next.Format(time.DateOnly) + " " + clock
	}
	switch date := next.Format(time.DateOnly); date {
	case now.Format(time.DateOnly):
		return fmt.Sprintf(words.today, clock)
	case now.AddDate(0, 0, 1).Format(time.DateOnly):
		return fmt.Sprintf(words.tomorrow, clock)
	}
	return fmt.Sprintf(words.on, words.weekdays[next.Weekday()], next.Day(), words.months[next.Month()-1], clock)
}

// queue is a handoff's place and wait as the other side gave them, in the customer's language.
func queue(h switchboard.Handoff, lang string) (position, wait string) {
	if h.QueuePosition > 0 {
		position = strconv.Itoa(h.QueuePosition)
	}
	words, known := hoursFor[primary(lang)]
	minutes := (h.ETASeconds + 59) / 60
	switch {
	case h.ETASeconds <= 0:
	case !known:
		wait = fmt.Sprintf("%d min", minutes)
	case minutes == 1:
		wait = words.minute
	case minutes <= 90:
		wait = fmt.Sprintf(words.minutes, minutes)
	default:
		wait = fmt.Sprintf(words.hours, (minutes+59)/60)
	}
	return position, wait
}
