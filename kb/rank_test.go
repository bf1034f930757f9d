package kb

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/index/scorch"
	bleve "github.com/blevesearch/bleve_index_api"

	"switchboard"
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
	a, err := newAnalyser(lang)
	if err != nil {
		t.Fatal(err)
	}
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
			for _, tok := range a.Analyze([]byte(f.of(c))) {
				one[f][string(tok.Term)]++
				l[f]++
			}
			means[f] += l[f]
		}
		freqs[c.ID], lens[c.ID] = one, l
	}
	scores := map[string]float64{}
	for _, term := range strings.Fields(query) { // the words of the corpus are their own stems but for these
		stem := string(a.Analyze([]byte(term))[0].Term)
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

// openCuts makes a snapshot around an index that the test has made itself.
func openCuts(t *testing.T, docs []Document, cuts []cut, terms []lengths, idx bleve.Index) *Snapshot {
	t.Helper()
	s := &Snapshot{id: "kb_test", docs: docs, visible: newVisibility(docs)}
	d := -1
	for i, c := range cuts {
		if d < 0 || docs[d].ID != c.DocumentID {
			d++
			s.first = append(s.first, int32(i))
		}
		s.passages = append(s.passages, c.Passage)
		s.docOf = append(s.docOf, int32(d))
	}
	s.first = append(s.first, int32(len(cuts)))
	var err error
	if s.langs, s.ofPassages, s.ofDocuments, err = newCollections(s.passages, terms, s.docOf); err != nil {
		t.Fatal(err)
	}
	if s.postings, err = newPostings(idx, len(cuts)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func cutAll(docs []Document) (cuts []cut, terms []lengths) {
	for _, d := range docs {
		cuts = append(cuts, cutDocument(d)...)
	}
	for _, c := range cuts {
		a, _ := newAnalyser(c.Lang)
		terms = append(terms, lengths{len(a.Analyze([]byte(c.title))), len(a.Analyze([]byte(c.text)))})
	}
	return cuts, terms
}

// memoryIndex writes cuts batch by batch, each a segment of its own, into an index in memory. Foreign writes and
// deletes other passages as well, which leaves deleted entries in the segments.
func memoryIndex(t *testing.T, cuts []cut, batch int, foreign bool) bleve.Index {
	t.Helper()
	queue := bleve.NewAnalysisQueue(1)
	t.Cleanup(queue.Close)
	idx, err := scorch.NewScorch(scorch.Name, map[string]any{"path": ""}, queue)
	if err != nil {
		t.Fatal(err)
	}
	if err := idx.Open(); err != nil {
		t.Fatal(err)
	}
	write := func(b *bleve.Batch) {
		if err := idx.Batch(b); err != nil {
			t.Fatal(err)
		}
	}
	doc := func(id string, c cut) *document.Document {
		a, err := newAnalyser(c.Lang)
		if err != nil {
			t.Fatal(err)
		}
		d := document.NewDocument(id)
		for f := range fieldCount {
			d.AddField(document.NewTextFieldCustom(f.name(c.Lang), nil, []byte(f.of(c)), bleve.IndexField, a))
		}
		d.AddIDField()
		return d
	}
	for i := 0; i < len(cuts); i += batch {
		b := bleve.NewBatch()
		for j := i; j < min(i+batch, len(cuts)); j++ {
			b.Update(doc(strconv.Itoa(j), cuts[j]))
			if foreign {
				b.Update(doc("foreign"+strconv.Itoa(j), cuts[j]))
			}
		}
		write(b)
	}
	if foreign {
		b := bleve.NewBatch()
		for j := range cuts {
			b.Delete("foreign" + strconv.Itoa(j))
		}
		write(b)
	}
	return idx
}

// TestScoresAreTextbook compares every score with the formula written out, and finds the same scores whatever the
// layout of the index.
func TestScoresAreTextbook(t *testing.T) {
	docs := corpus(60)
	cuts, terms := cutAll(docs)
	for _, layout := range []struct {
		name    string
		batch   int
		foreign bool
	}{{"one segment", len(cuts), false}, {"segments of 7", 7, false}, {"a segment each", 1, false}, {"with deleted entries", 13, true}} {
		t.Run(layout.name, func(t *testing.T) {
			s := openCuts(t, docs, cuts, terms, memoryIndex(t, cuts, layout.batch, layout.foreign))
			for _, lang := range []string{"en", "es"} {
				for _, query := range []string{"roaming switzerland", "bill refund data limit", "fibre"} {
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
				}
			}
		})
	}
}

// TestBatchesBuildTheSame builds on disk in batches of several sizes.
func TestBatchesBuildTheSame(t *testing.T) {
	docs := corpus(40)
	_, id, lines, err := canonicalize(docs)
	if err != nil {
		t.Fatal(err)
	}
	var first []switchboard.Passage
	for _, batch := range []int{1, 9, 1000} {
		dir := t.TempDir()
		if err := writeSnapshot(t.Context(), dir, id, docs, lines, batch); err != nil {
			t.Fatal(err)
		}
		m, err := readManifest(dir)
		if err != nil {
			t.Fatal(err)
		}
		s, err := openSnapshot(t.Context(), dir, m)
		if err != nil {
			t.Fatal(err)
		}
		found, err := s.Search(t.Context(), Query{Text: "roaming price zone", K: 50})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = found
		}
		if !slices.EqualFunc(first, found, func(a, b switchboard.Passage) bool { return a.ID == b.ID && a.Score == b.Score }) {
			t.Errorf("batches of %d rank differently", batch)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "scorch*")); err != nil || len(left) > 0 {
			t.Errorf("left %v, %v", left, err)
		}
	}
	if len(first) == 0 {
		t.Error("nothing found")
	}
}

// TestRanksGolden writes down who comes first in the sample corpus: a change of ranking shows as a difference.
func TestRanksGolden(t *testing.T) {
	docs := helpCentre(t)
	cuts, terms := cutAll(docs)
	s := openCuts(t, docs, cuts, terms, memoryIndex(t, cuts, len(cuts), false))
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
