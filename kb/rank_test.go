package kb

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"switchboard"
	"switchboard/kb/analysis"
)

// corpus makes documents out of a small vocabulary, so that terms occur together in many ways.
func corpus(n int) []Document {
	words := strings.Fields("roaming switzerland bill fibre router sim number transfer price zone pass data limit refund")
	r := rand.New(rand.NewPCG(1, 2))
	some := func(k int) string {
		var b strings.Builder
		for range k {
			b.WriteString(words[r.IntN(len(words))] + " ")
		}
		return b.String()
	}
	docs := make([]Document, n)
	for i := range docs {
		docs[i] = Document{
			ID: fmt.Sprintf("d%03d", i), Title: some(1 + r.IntN(4)), Lang: []string{"en", "es"}[i%5/4],
			Body: "# " + some(2) + "\n\n" + some(3+r.IntN(40)) + "\n\n# " + some(2) + "\n\n" + some(1+r.IntN(20)),
		}.Normalize()
	}
	return docs
}

// plainScores is the formula as it stands in rank.go, with maps, over one language.
func plainScores(t *testing.T, cuts []cut, lang, query string) map[string]float64 {
	t.Helper()
	a := analysis.For(lang)
	type counted [fieldCount]map[string]float64
	freqs := map[string]counted{}
	lens := map[string][fieldCount]float64{}
	var means [fieldCount]float64
	n := 0.0
	for _, c := range cuts {
		if c.Lang != lang {
			continue
		}
		n++
		var one counted
		var l [fieldCount]float64
		for f := range fieldCount {
			one[f] = map[string]float64{}
			for _, tok := range a.Terms(f.of(c)) {
				one[f][tok.Text]++
				l[f]++
			}
			means[f] += l[f]
		}
		freqs[c.ID], lens[c.ID] = one, l
	}
	scores := map[string]float64{}
	for _, term := range strings.Fields(query) { // the words of the corpus are their own stems but for these
		stem := a.Word(term)
		df := 0.0
		for _, one := range freqs {
			if one[titleField][stem]+one[textField][stem] > 0 {
				df++
			}
		}
		for id, one := range freqs {
			w := 2*one[titleField][stem]/(0.25+0.75*lens[id][titleField]/(means[titleField]/n)) +
				one[textField][stem]/(0.25+0.75*lens[id][textField]/(means[textField]/n))
			if w > 0 {
				scores[id] += math.Log(1+(n-df+0.5)/(df+0.5)) * w / (1.2 + w)
			}
		}
	}
	return scores
}

// open makes a snapshot in a store of its own, step by step, and opens it.
func open(t *testing.T, steps ...Change) *Snapshot {
	t.Helper()
	store, err := OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	id := ""
	for _, c := range steps {
		out, err := store.Apply(t.Context(), id, c)
		if err != nil {
			t.Fatal(err)
		}
		id = out.ID
	}
	s, err := store.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// layouts are ways to come to the same documents, each with other segments.
func layouts(docs []Document) map[string][]Change {
	inStepsOf := func(n int) (steps []Change) {
		for part := range slices.Chunk(docs, n) {
			steps = append(steps, Change{Put: part})
		}
		return steps
	}
	var worse []Document
	for _, d := range docs {
		d.Body += "\n\nRoaming, a word that was taken out later."
		worse = append(worse, d)
	}
	foreign := Document{ID: "foreign", Title: "Roaming price", Body: "Zone bill."}
	return map[string][]Change{
		"at once":            {{Put: docs}},
		"in steps of 7":      inStepsOf(7),
		"one by one":         inStepsOf(1),
		"a third edited":     {{Put: slices.Concat(worse[:20], docs[20:])}, {Put: docs[:20]}},
		"all edited":         append([]Change{{Put: worse}}, inStepsOf(13)...),
		"with others, since": {{Put: append([]Document{foreign}, docs...)}, {Drop: []string{"foreign"}}},
		"only these":         {{Put: []Document{foreign}}, {Put: docs, Only: true}},
	}
}

// TestScoresAreTextbook compares every score with the formula written out, and finds the same scores, to the last bit,
// whatever segments the documents came to lie in.
func TestScoresAreTextbook(t *testing.T) {
	docs := corpus(60)
	var cuts []cut
	for _, d := range docs {
		cuts = append(cuts, cutDocument(d)...)
	}
	queries := []string{"roaming switzerland", "bill refund limit data", "fibre"} // no phrase among them
	first := map[string][]switchboard.Passage{}
	ids := map[string]bool{}
	for name, steps := range layouts(docs) {
		t.Run(name, func(t *testing.T) {
			s := open(t, steps...)
			ids[s.ID()] = true
			for _, lang := range []string{"en", "es"} {
				for _, query := range queries {
					found, err := s.Search(t.Context(), Query{Text: query, Lang: lang, K: 1000})
					if err != nil {
						t.Fatal(err)
					}
					want := plainScores(t, cuts, lang, query)
					if len(found) != len(want) {
						t.Errorf("%s: found %d, want %d", query, len(found), len(want))
					}
					for _, p := range found {
						if math.Abs(p.Score-want[p.ID]) > 1e-9 {
							t.Errorf("%s: %s has %v, want %v", query, p.ID, p.Score, want[p.ID])
						}
					}
					if have := first[lang+query]; have != nil {
						same(t, query, found, have)
					}
					first[lang+query] = found
					whole, err := s.Search(t.Context(), Query{Text: query, Lang: lang, K: 20, ByDocument: true})
					if err != nil {
						t.Fatal(err)
					}
					if have := first["whole"+lang+query]; have != nil {
						same(t, query+", by document", whole, have)
					}
					first["whole"+lang+query] = whole
				}
			}
		})
	}
	if len(ids) != 1 {
		t.Errorf("the same documents have the ids %v", ids)
	}
}

// same wants two results to be equal, scores and all.
func same(t *testing.T, what string, got, want []switchboard.Passage) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n%s\nnot\n%s", what, brief(got), brief(want))
	}
}

func brief(found []switchboard.Passage) string {
	var b strings.Builder
	for _, p := range found {
		fmt.Fprintf(&b, "  %v %s\n", p.Score, p.ID)
	}
	return b.String()
}

// TestPruningChangesNothing asks for few of many, with and without the shortcuts, under filters and in all layouts.
func TestPruningChangesNothing(t *testing.T) {
	docs := corpus(3000)
	for i := range docs {
		if i%3 == 0 {
			docs[i].Audience = "business"
		}
	}
	for name, steps := range map[string][]Change{
		"at once":  {{Put: docs}},
		"in steps": {{Put: docs[:2000]}, {Put: docs[1500:2900]}, {Put: docs[2900:]}, {Drop: []string{"d000", "d777"}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, steps...)
			for _, text := range []string{
				"roaming", "roaming switzerland price", "how much is roaming in zone 2", "bill refund data limit number transfer",
				"what can I do", "nothing that is there", "roaming nothing price",
			} {
				for _, q := range []Query{
					{Text: text, K: 1}, {Text: text, K: 10}, {Text: text, K: 10, ByDocument: true, Lang: "en"},
					{Text: text, K: 7, Audiences: []string{"business"}}, {Text: text, K: 5000},
				} {
					pruned, err := s.Search(t.Context(), q)
					if err != nil {
						t.Fatal(err)
					}
					q.Exhaustive = true
					all, err := s.Search(t.Context(), q)
					if err != nil {
						t.Fatal(err)
					}
					same(t, text, pruned, all)
				}
			}
		})
	}
}

// TestRanksGolden writes down who comes first in the sample corpus: a change of ranking shows as a difference.
func TestRanksGolden(t *testing.T) {
	s := open(t, Change{Put: helpCentre(t)})
	var b strings.Builder
	for _, q := range []Query{
		{Text: "How much is roaming in Switzerland?", Lang: "en"},
		{Text: "wifi is slow", Lang: "en"},
		{Text: "wi-fi is slow", Lang: "en"},
		{Text: "can I keep my number", Lang: "en"},
		{Text: "cancel contract", Lang: "en"},
		{Text: "cancel contract", Lang: "en", ByDocument: true},
		{Text: "cuanto cuesta el roaming en Suiza", Lang: "es"},
		{Text: "¿Cuánto cuesta el ROAMING en Suiza?"},
		{Text: "weather in Berlin", Lang: "en"},
		{Text: "how much", Lang: "en"},
		{Text: "the of and", Lang: "en"},
		{Text: ""},
	} {
		q.K, q.AsOf = 4, on("2026-11-24")
		found, err := s.Search(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%q lang=%q by document=%v\n", q.Text, q.Lang, q.ByDocument)
		for _, p := range found {
			fmt.Fprintf(&b, "  %.4f %.2f %s\n", p.Score, p.Coverage, p.ID)
		}
	}
	golden(t, "ranks.golden", b.String())
}

// helpCentre reads the sample corpus: articles divided by lines of "=== id lang title".
func helpCentre(t *testing.T) []Document {
	t.Helper()
	b, err := os.ReadFile("testdata/help.txt")
	if err != nil {
		t.Fatal(err)
	}
	var docs []Document
	for _, part := range strings.Split(string(b), "=== ")[1:] {
		head, body, _ := strings.Cut(part, "\n")
		f := strings.SplitN(head, " ", 3)
		docs = append(docs, Document{ID: f[0], Lang: f[1], Title: f[2], Body: body}.Normalize())
	}
	slices.SortFunc(docs, func(a, b Document) int { return strings.Compare(a.ID, b.ID) })
	return docs
}
