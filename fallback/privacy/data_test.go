package privacy_test

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"switchboard/fallback/privacy"
)

// The benchmark below measures on public data, which is not part of the repository:
//
//	go test ./fallback/privacy -run '^$' -bench Spans -benchtime 1x -data FOLDER
var (
	dataDir = flag.String("data", "", "folder of the public data sets (pii)")
	verbose = flag.Bool("misses", false, "log what was not found")
)

type piiRow struct {
	Text  string
	Spans []struct {
		Type       string
		Start, End int // in Unicode code points
		Value      string
	}
}

// counterparts are the types of the data set and ours that find them.
var counterparts = map[string][]privacy.Type{
	"EMAIL_ADDRESS": {privacy.Email}, "PHONE_NUMBER": {privacy.Phone}, "CREDIT_CARD": {privacy.Card},
	"IBAN_CODE": {privacy.IBAN}, "PERSON": {privacy.Name}, "STREET_ADDRESS": {privacy.Address},
	"ZIP_CODE": {privacy.Address}, "US_SSN": {privacy.ID}, "US_DRIVER_LICENSE": {privacy.ID}, "IP_ADDRESS": {privacy.IP},
}

// BenchmarkSpans reports by type how many spans are found (half covered or more), and how many of what is masked is
// personal by the data's word.
func BenchmarkSpans(b *testing.B) {
	if *dataDir == "" {
		b.Fatal("name the folder of the public data sets: -data FOLDER")
	}
	f, err := os.Open(filepath.Join(*dataDir, "pii", "pii.jsonl"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var all []piiRow
	for sc := bufio.NewScanner(f); sc.Scan(); {
		var r piiRow
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			b.Fatal(err)
		}
		all = append(all, r)
	}
	m := privacy.Default()
	found, total := map[string]int{}, map[string]int{}
	good, masked := map[privacy.Type]int{}, map[privacy.Type]int{}
	for b.Loop() {
		clear(found)
		clear(total)
		clear(good)
		clear(masked)
		for _, r := range all {
			measureRow(b, m, r, found, total, good, masked)
		}
	}
	for t, n := range total {
		b.ReportMetric(100*float64(found[t])/float64(n), t+"-recall%")
	}
	for t, n := range masked {
		b.ReportMetric(100*float64(good[t])/float64(n), string(t)+"-precision%")
	}
}

func measureRow(b *testing.B, m *privacy.Masker, r piiRow, found, total map[string]int, good, masked map[privacy.Type]int) {
	spans := m.Find(r.Text)
	offset := byteOffsets(r.Text)
	for _, want := range r.Spans {
		if counterparts[want.Type] == nil {
			continue
		}
		total[want.Type]++
		covered := 0
		for _, got := range spans {
			covered += max(0, min(got.End, offset[want.End])-max(got.Start, offset[want.Start]))
		}
		if 2*covered >= offset[want.End]-offset[want.Start] {
			found[want.Type]++
		} else if *verbose {
			fmt.Fprintf(os.Stderr, "missed %s %q in %q\n", want.Type, want.Value, r.Text)
		}
	}
	for _, got := range spans {
		masked[got.Type]++
		ok := false
		for _, want := range r.Spans {
			personal := counterparts[want.Type] != nil || want.Type == "GPE" /* part of an address */ || got.Type == privacy.Birthdate && want.Type == "DATE_TIME"
			ok = ok || personal && got.Start < offset[want.End] && offset[want.Start] < got.End
		}
		if ok {
			good[got.Type]++
		} else if *verbose {
			fmt.Fprintf(os.Stderr, "masked %s %q in %q\n", got.Type, r.Text[got.Start:got.End], r.Text)
		}
	}
}

func byteOffsets(s string) []int {
	var out []int
	for i := range s {
		out = append(out, i)
	}
	return append(out, len(s))
}
