package guard_test

import (
	"bufio"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"switchboard"
	"switchboard/fallback/guard"
)

// The benchmark below measures on public data, which is not part of the repository:
//
//	go test ./fallback/guard -run '^$' -bench Attribution -benchtime 1x -data FOLDER
var dataDir = flag.String("data", "", "folder of the public data sets (begin)")

type beginRow struct {
	Knowledge string
	Message   string
	Response  string
	Label     string `json:"begin_label"`
}

// BenchmarkAttribution reports how well the support score tells responses that the knowledge backs from those that it
// does not. Generic responses ("I don't know") claim nothing and are left out.
func BenchmarkAttribution(b *testing.B) {
	if *dataDir == "" {
		b.Skip("needs -data")
	}
	f, err := os.Open(filepath.Join(*dataDir, "begin", "faithfulness.jsonl"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var rows []beginRow
	for sc := bufio.NewScanner(f); sc.Scan(); {
		var r beginRow
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			b.Fatal(err)
		}
		rows = append(rows, r)
	}
	var with, without []float64
	for b.Loop() {
		with, without = nil, nil
		for _, r := range rows {
			score := guard.Support(r.Response, "en", switchboard.Passage{Text: r.Knowledge, Lang: "en"})
			switch r.Label {
			case "Fully attributable":
				with = append(with, score)
			case "Not fully attributable":
				without = append(without, score)
			}
		}
	}
	wins := 0.0
	for _, a := range with {
		for _, c := range without {
			switch {
			case a > c:
				wins++
			case a == c:
				wins += 0.5
			}
		}
	}
	b.ReportMetric(100*wins/float64(len(with)*len(without)), "auroc%")
	slices.Sort(with)
	slices.Sort(without)
	b.ReportMetric(with[len(with)/50], "attributable-p2")
	b.ReportMetric(without[len(without)/2], "other-median")
}
