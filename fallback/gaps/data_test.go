package gaps

import (
	"bufio"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"sort"
	"testing"
)

// The benchmarks below measure on public data sets, which are not part of the repository:
//
//	go test ./fallback/gaps -run '^$' -bench Group -benchtime 1x -data FOLDER
var dataDir = flag.String("data", "", "folder of the public data sets (clinc150, banking77)")

type intentRow struct{ Text, Label, Intent string }

func readRows(b *testing.B, path string) []intentRow {
	b.Helper()
	if *dataDir == "" {
		b.Fatal("needs -data FOLDER, with banking77 and clinc150 in it")
	}
	f, err := os.Open(filepath.Join(*dataDir, path))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var out []intentRow
	for sc := bufio.NewScanner(f); sc.Scan(); {
		var r intentRow
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			b.Fatal(err)
		}
		if r.Intent == "" {
			r.Intent = r.Label
		}
		if r.Intent != "oos" {
			out = append(out, r)
		}
	}
	return out
}

// BenchmarkGroup groups questions by what they say and compares with their intents: the F1 of B-cubed (of each question's
// group, how many are of its intent, and of its intent, how many are in its group), NMI and purity.
func BenchmarkGroup(b *testing.B) {
	banking := readRows(b, "banking77/oos.jsonl")
	clinc := readRows(b, "clinc150/oos.jsonl")
	var halves [2][]intentRow // of the intents
	for _, r := range clinc {
		n := 0
		for _, c := range r.Intent {
			n += int(c)
		}
		halves[n%2] = append(halves[n%2], r)
	}
	for _, set := range []struct {
		name string
		rows []intentRow
	}{{"clinc150-tuned", halves[0]}, {"clinc150-checked", halves[1]}, {"banking77-checked", banking}} {
		b.Run(set.name, func(b *testing.B) {
			texts := make([]text, len(set.rows))
			for i, r := range set.rows {
				texts[i] = text{r.Text, "en"}
			}
			var of []int
			for b.Loop() {
				of, _ = group(texts)
			}
			report(b, set.rows, of)
		})
	}
}

// report compares groups with intents.
func report(b *testing.B, rows []intentRow, of []int) {
	byGroup, byIntent, both := map[int]float64{}, map[string]float64{}, map[int]map[string]float64{}
	for i, r := range rows {
		byGroup[of[i]]++
		byIntent[r.Intent]++
		if both[of[i]] == nil {
			both[of[i]] = map[string]float64{}
		}
		both[of[i]][r.Intent]++
	}
	n := float64(len(rows))
	precision, recall, purity, mutual, hg, hi := 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
	for g, intents := range both {
		most := 0.0
		for intent, k := range intents {
			precision += k * k / byGroup[g]
			recall += k * k / byIntent[intent]
			mutual += k / n * math.Log(k*n/byGroup[g]/byIntent[intent])
			most = max(most, k)
		}
		purity += most
	}
	var sizes []float64
	for _, k := range byGroup {
		hg -= k / n * math.Log(k/n)
		sizes = append(sizes, k)
	}
	for _, k := range byIntent {
		hi -= k / n * math.Log(k/n)
	}
	sort.Float64s(sizes)
	precision, recall = precision/n, recall/n
	b.ReportMetric(2*precision*recall/(precision+recall), "B3-F1")
	b.ReportMetric(precision, "B3-precision")
	b.ReportMetric(recall, "B3-recall")
	b.ReportMetric(2*mutual/(hg+hi), "NMI")
	b.ReportMetric(purity/n, "purity")
	b.ReportMetric(float64(len(byGroup)), "groups")
	b.ReportMetric(sizes[len(sizes)-1], "largest")
}
