package answerable_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"switchboard/evals/answerable"
	"switchboard/fallback"
	"switchboard/kb"
	"switchboard/kb/kbeval"
	"switchboard/kb/library"
)

var (
	dataDir = flag.String("data", "", "folder with judged sets in BEIR layout, for BenchmarkAnswerable")
	rowsOut = flag.String("rows", "", "write the judged questions there")
)

// BenchmarkAnswerable measures the evidence model on judged sets, and what it would be worth on each if trained on the
// others alone:
//
//	go test ./evals/answerable -run '^$' -bench Answerable -benchtime 1x -data DIR
func BenchmarkAnswerable(b *testing.B) {
	if *dataDir == "" {
		return
	}
	sets, err := answerable.LoadAll(b.Context(), *dataDir, map[string]string{"telecom_handmade": "tau2_telecom_kb"})
	if err != nil {
		b.Fatal(err)
	}
	everyday := clinc(b)
	sets = append(sets, demo(b, sets))
	var all []answerable.Row
	for i := range sets {
		sets[i].Scoped = sets[i].Name == "demo" || sets[i].Name == "telecom_handmade"
		sets[i].Foreign = append(sets[i].Foreign, everyday(near[sets[i].Name])...)
		rows, err := sets[i].Ask(b.Context(), fallback.Default())
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, rows...)
		self(b, sets[i], rows)
	}
	if *rowsOut != "" {
		f, err := os.Create(*rowsOut)
		if err != nil {
			b.Fatal(err)
		}
		e := json.NewEncoder(f)
		for _, r := range all {
			if err := e.Encode(r); err != nil {
				b.Fatal(err)
			}
		}
		f.Close()
	}
	for _, s := range sets {
		var own, others []answerable.Row
		for _, r := range all {
			if r.Set == s.Name {
				own = append(own, r)
			} else {
				others = append(others, r)
			}
		}
		fmt.Printf("%-18s as it is: %+v\n", s.Name, answerable.Measure(s.Name, own))
		fmt.Printf("%-18s trained on others: %+v\n", s.Name, answerable.Measure(s.Name, answerable.Rescore(own, answerable.Train(others, weights))))
		fmt.Printf("%-18s trained on itself: %+v\n", s.Name, answerable.Measure(s.Name, answerable.Rescore(own, answerable.Train(own, weights))))
		for i, name := range fallback.EvidenceSigns {
			by := map[answerable.Kind][]float64{}
			for _, r := range own {
				if r.Signs != nil {
					by[r.Kind] = append(by[r.Kind], r.Signs[i])
				}
			}
			fmt.Printf("   %-10s missing %.3f foreign %.3f\n", name, answerable.AUROC(by["answerable"], by["missing"]), answerable.AUROC(by["answerable"], by["foreign"]))
		}
	}
	fmt.Printf("all: %+v\n", answerable.Measure("all", answerable.Rescore(all, answerable.Train(all, weights))))
	for _, set := range sets {
		var own []answerable.Row
		for _, r := range all {
			if r.Set == set.Name {
				own = append(own, r)
			}
		}
		fmt.Printf("%s by all: %+v\n", set.Name, answerable.Measure(set.Name, answerable.Rescore(own, answerable.Train(all, weights))))
	}
	for i, w := range answerable.Train(all, weights) {
		fmt.Printf("%-10s %8.3f\n", fallback.EvidenceSigns[i], w)
	}
}

// self prints what a fit to questions made of the set's own documents is worth.
func self(b *testing.B, s answerable.Set, rows []answerable.Row) {
	b.Helper()
	began := time.Now()
	made, err := s.Made(b.Context(), fallback.Default())
	if err != nil {
		b.Fatal(err)
	}
	var seen []fallback.EvidenceRow
	var group []int
	for _, m := range made {
		seen, group = append(seen, m.EvidenceRow), append(group, m.Document)
	}
	fit, _ := fallback.FitEvidence(seen, group)
	weights := make([]float64, len(fallback.EvidenceSigns))
	for i, name := range fallback.EvidenceSigns {
		weights[i] = fit.Weights[name]
	}
	fmt.Printf("%-18s fitted to its own documents (%d rows, %v): %+v\n", s.Name, len(made), time.Since(began).Round(time.Millisecond), answerable.Measure(s.Name, answerable.Rescore(rows, weights)))
	fmt.Printf("%-18s weights %v\n", s.Name, fit.Weights)
}

// weights are what the sets count in training: the demo base's questions are the likest to what customers ask.
var weights = map[string]float64{"demo": 5, "telecom_handmade": 2, "scifact": 0.5}

// near are the domains of clinc150 whose questions are not foreign to a set.
var near = map[string][]string{
	"tau2_banking_kb": {"banking", "credit_cards"}, "dstc10_faq": {"travel", "kitchen_and_dining", "auto_and_commute"},
}

// clinc gives everyday questions of all domains but some.
func clinc(tb testing.TB) func(but []string) []string {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join(*dataDir, "clinc150", "domains.json"))
	if err != nil {
		tb.Fatal(err)
	}
	domains := map[string][]string{}
	if err := json.Unmarshal(b, &domains); err != nil {
		tb.Fatal(err)
	}
	return func(but []string) []string {
		n := 0
		texts, err := answerable.Texts(filepath.Join(*dataDir, "clinc150", "oos.jsonl"), func(r answerable.Text) bool {
			for _, d := range but {
				if slices.Contains(domains[d], r.Label) {
					return false
				}
			}
			n++
			return n%60 == 0
		})
		if err != nil {
			tb.Fatal(err)
		}
		return texts
	}
}

// demo is the set of the demo base with the questions of fallback's tests. What answers a question is taken to be the
// document that is found first.
func demo(tb testing.TB, others []answerable.Set) answerable.Set {
	tb.Helper()
	ctx, dir := tb.Context(), tb.TempDir()
	store, err := kb.OpenStore(dir)
	if err != nil {
		tb.Fatal(err)
	}
	done, err := (&library.Library{Store: store, Dir: dir}).Sync(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	snap, err := store.Open(ctx, done.Snapshot)
	if err != nil {
		tb.Fatal(err)
	}
	defer snap.Close()
	s := answerable.Set{Name: "demo"}
	for _, d := range snap.Documents() {
		doc, err := snap.Document(ctx, d.ID)
		if err != nil {
			tb.Fatal(err)
		}
		s.Docs = append(s.Docs, doc)
	}
	for i, q := range lines(tb, "answerable.txt") {
		found, err := snap.Search(ctx, kb.Query{Text: q, Lang: "en"})
		if err != nil {
			tb.Fatal(err)
		}
		s.Queries = append(s.Queries, kbeval.Query{ID: strconv.Itoa(i), Text: q, Relevant: map[string]int{found[0].DocumentID: 1}})
	}
	s.Near = lines(tb, "unanswerable.txt")
	for _, o := range others {
		if o.Name == "telecom_handmade" { // of the same trade
			continue
		}
		for i := 0; i < len(o.Queries); i += max(1, len(o.Queries)/40) {
			s.Foreign = append(s.Foreign, o.Queries[i].Text)
		}
	}
	return s
}

func lines(tb testing.TB, name string) []string {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "fallback", "testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}
