package drill

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"
)

// Machine says where figures were measured.
func Machine() string {
	return fmt.Sprintf("%s/%s, %d cores, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
}

// PrintRows prints the rows as a table, one line each, and below it what is wrong.
func PrintRows(w io.Writer, rows []Row) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "fault\tsituation\tface\tthe customer saw\tfirst\tall\tcalls\trecorded\t")
	bad := 0
	for _, r := range rows {
		verdict := "ok"
		if !r.OK() {
			verdict = "BAD"
			bad++
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s (%s) “%s”\t%s\t%s\t%d+%d\t%s\t%s\n", r.Fault, r.Situation, r.Face, r.Action, r.Reason,
			shorten(r.Words, 32), inMillis(r.First), inMillis(r.Total), r.Calls["primary"], r.Calls["backup"],
			strings.Join(r.Outcomes, ", "), verdict)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, r := range rows {
		for _, what := range r.Wrong {
			fmt.Fprintf(w, "BAD: %s, %s, %s: %s\n", r.Fault, r.Situation, r.Face, what)
		}
	}
	fmt.Fprintf(w, "%d faults in %d situations, %d bad. Calls are the primary's and the backup's, times in ms.\n",
		distinct(rows), len(rows), bad)
	_, err := fmt.Fprintf(w, "From the end of the primary's call to the backup's: %s; after a 429 with a long Retry-After: %s.\n"+
		"From a customer's leaving to the end of the upstream's call: %s.\n",
		spread(rows, handover, ""), spread(rows, handover, longRest), spread(rows, func(r Row) time.Duration { return r.Cancel }, ""))
	return err
}

func handover(r Row) time.Duration { return r.Handover }

// spread says what a time is, over the rows of one fault, or of all, that have it.
func spread(rows []Row, of func(Row) time.Duration, fault string) string {
	var list []time.Duration
	for _, r := range rows {
		if d := of(r); d > 0 && (fault == "" || r.Fault == fault) {
			list = append(list, d)
		}
	}
	return fmt.Sprintf("p50 %s, at most %s", round(percentile(list, 50)), round(percentile(list, 100)))
}

// WriteJSON writes a value for programs.
func WriteJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func distinct(rows []Row) int {
	names := map[string]bool{}
	for _, r := range rows {
		names[r.Fault] = true
	}
	return len(names)
}

func inMillis(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return fmt.Sprint(d.Milliseconds())
}

func shorten(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}
