package fallback_test

import (
	"bufio"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"switchboard"
	"switchboard/fallback"
)

// The benchmarks below measure on public data sets, which are not part of the repository:
//
//	go test ./fallback -run '^$' -bench Scope -benchtime 1x -data FOLDER
var dataDir = flag.String("data", "", "folder of the public data sets (clinc150, banking77, injection)")

// rows reads a file of JSON lines below the data folder.
func rows[T any](b *testing.B, path ...string) []T {
	b.Helper()
	if *dataDir == "" {
		b.Fatal("name the folder of the data sets: -data FOLDER")
	}
	f, err := os.Open(filepath.Join(append([]string{*dataDir}, path...)...))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var out []T
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var row T
		if err := json.Unmarshal(sc.Bytes(), &row); err != nil {
			b.Fatal(err)
		}
		out = append(out, row)
	}
	if sc.Err() != nil {
		b.Fatal(sc.Err())
	}
	return out
}

type intentRow struct{ Text, Label, Split string }

// scored is a text's distance from the scope, with the truth.
type scored struct {
	oos     float64
	outside bool
}

// auroc is the chance that a text outside scores higher than one inside.
func auroc(all []scored) float64 {
	slices.SortFunc(all, func(a, b scored) int {
		switch {
		case a.oos < b.oos:
			return -1
		case a.oos > b.oos:
			return 1
		}
		return 0
	})
	ranks, outside := 0.0, 0
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j].oos == all[i].oos {
			j++
		}
		for _, s := range all[i:j] {
			if s.outside {
				ranks += float64(i+j+1) / 2
				outside++
			}
		}
		i = j
	}
	inside := len(all) - outside
	return (ranks - float64(outside)*float64(outside+1)/2) / (float64(outside) * float64(inside))
}

// aupr is the average precision of finding what lies outside. It expects all sorted by auroc.
func aupr(all []scored) float64 {
	sum, hits := 0.0, 0
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].outside {
			hits++
			sum += float64(hits) / float64(len(all)-i)
		}
	}
	return sum / float64(hits)
}

// recallAt is the share of what lies outside above the score that keeps the given share of what lies inside.
func recallAt(all []scored, keep float64) float64 {
	inside := 0
	for _, s := range all {
		if !s.outside {
			inside++
		}
	}
	seen, caught, outside := 0, 0, 0
	for _, s := range all {
		if !s.outside {
			seen++
			continue
		}
		outside++
		if float64(seen) >= keep*float64(inside) {
			caught++
		}
	}
	return float64(caught) / float64(outside)
}

func measureScope(b *testing.B, train []fallback.Example, test []intentRow) {
	var m *fallback.ScopeModel
	for b.Loop() {
		m = fallback.FitScope(train)
	}
	var all []scored
	right, inside, tp, fp, fn := 0, 0, 0, 0, 0
	for _, r := range test {
		label, oos := m.Classify(r.Text)
		s := scored{oos: oos, outside: r.Label == fallback.OutOfScope}
		switch {
		case s.outside && label == fallback.OutOfScope:
			tp++
		case s.outside:
			fn++
		case label == fallback.OutOfScope:
			fp++
		}
		if !s.outside {
			inside++
			if m.Nearest(r.Text) == r.Label {
				right++
			}
		}
		all = append(all, s)
	}
	b.ReportMetric(100*auroc(all), "auroc%")
	b.ReportMetric(100*aupr(all), "aupr%")
	b.ReportMetric(100*recallAt(all, 0.95), "oos-recall@95%")
	b.ReportMetric(100*float64(right)/float64(inside), "accuracy%")
	b.ReportMetric(200*float64(tp)/float64(2*tp+fp+fn), "oos-f1%")
}

func BenchmarkScopeCLINC(b *testing.B) {
	var train []fallback.Example
	var test []intentRow
	for _, r := range rows[intentRow](b, "clinc150", "oos.jsonl") {
		switch r.Split {
		case "train", "oos_train", "oos_train_plus":
			train = append(train, fallback.Example{Text: r.Text, Label: r.Label})
		case "val", "oos_val":
			test = append(test, r)
		}
	}
	measureScope(b, train, test)
}

func BenchmarkScopeBanking(b *testing.B) {
	for _, seen := range []bool{false, true} {
		name := "unseen"
		if seen {
			name = "seen"
		}
		b.Run(name, func(b *testing.B) {
			var train []fallback.Example
			var test []intentRow
			for _, r := range rows[intentRow](b, "banking77", "oos.jsonl") {
				switch r.Split {
				case "train":
					train = append(train, fallback.Example{Text: r.Text, Label: r.Label})
				case "oos_train":
					if seen {
						train = append(train, fallback.Example{Text: r.Text, Label: r.Label})
					}
				case "val", "oos_val":
					test = append(test, r)
				}
			}
			measureScope(b, train, test)
		})
	}
}

type injectionRow struct{ Text, Label, Kind, Category, Source string }

// BenchmarkInjection reports how much of the hostile texts is blocked, how much is at least not searched for, and how
// much of the benign ones is blocked.
func BenchmarkInjection(b *testing.B) {
	p := fallback.Default()
	all := rows[injectionRow](b, "injection", "injection.jsonl")
	var blocked, unanswered, count [3]int // jailbreaks, indirect, benign
	for b.Loop() {
		clear(blocked[:])
		clear(unanswered[:])
		clear(count[:])
		for _, r := range all {
			k := map[string]int{"jailbreak": 0, "indirect": 1, "trigger-words": 2}[r.Kind]
			route := p.Route(fallback.RouteInput{Text: switchboard.Masked(r.Text), Lang: "en"})
			count[k]++
			if route.Kind == switchboard.ActionBlocked {
				blocked[k]++
			}
			if route.Kind != switchboard.ActionAnswer {
				unanswered[k]++
			}
			if *verbose && (route.Kind == switchboard.ActionBlocked) == (k == 2) && k != 1 {
				b.Logf("%s: %.300q", r.Kind, r.Text)
			}
		}
	}
	for k, name := range []string{"jailbreak", "indirect", "benign"} {
		b.ReportMetric(100*float64(blocked[k])/float64(count[k]), name+"-blocked%")
		b.ReportMetric(100*float64(unanswered[k])/float64(count[k]), name+"-unsearched%")
	}
}

var verbose = flag.Bool("misses", false, "log what the benchmarks got wrong")
