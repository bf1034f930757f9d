package kb

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// ideas embeds texts by what they are about: each idea is a dimension, whatever word stands for it.
type ideas struct {
	asked int
	err   error
}

var ideaWords = [][]string{{"roaming", "wandering"}, {"router", "modem", "gateway"}, {"bill", "invoice", "statement"}, {"sim", "chip"}}

func (e *ideas) Fingerprint() string { return "0123456789abcdef-ideas" }

func (e *ideas) vector(text string) []float32 {
	v := make([]float32, len(ideaWords)+1)
	v[len(ideaWords)] = 0.1
	for i, words := range ideaWords {
		for _, w := range words {
			if strings.Contains(strings.ToLower(text), w) {
				v[i] = 1
			}
		}
	}
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

func (e *ideas) Documents(_ context.Context, texts []string) ([][]float32, error) {
	if e.err != nil {
		return nil, e.err
	}
	e.asked += len(texts)
	var all [][]float32
	for _, t := range texts {
		all = append(all, e.vector(t))
	}
	return all, nil
}

func (e *ideas) Query(_ context.Context, text string) ([]float32, error) {
	return e.vector(text), e.err
}

func TestMeaningFindsOtherWords(t *testing.T) {
	docs := []Document{
		{ID: "roaming", Title: "Roaming", Body: "Prices for roaming in Europe."},
		{ID: "router", Title: "Router", Body: "Restart the router."},
		{ID: "bill", Title: "Bill", Body: "Your bill comes monthly."},
		{ID: "staff", Title: "Roaming for staff", Body: "Roaming and wandering.", Audience: "internal"},
		{ID: "suiza", Title: "Roaming", Body: "Precios de roaming.", Lang: "es"},
	}
	s := open(t, Change{Put: docs[:3]}, Change{Put: docs[3:]})
	wandering := Query{Text: "wandering", Lang: "en"}
	if got := firsts(t, s, wandering); slices.Contains(got, "roaming") {
		t.Fatalf("words alone find %v", got)
	}
	e := &ideas{}
	var done, total int
	failed := func(err error) { t.Errorf("failed: %v", err) }
	if err := s.Embed(t.Context(), e, failed, func(d, n int) { done, total = d, n }); err != nil {
		t.Fatal(err)
	}
	if e.asked != 5 || done != 5 || total != 5 {
		t.Errorf("embedded %d, told of %d of %d", e.asked, done, total)
	}
	for _, byDocument := range []bool{false, true} {
		q := wandering
		q.ByDocument = byDocument
		got := firsts(t, s, q)
		if len(got) == 0 || got[0] != "roaming" || slices.Contains(got, "staff") {
			t.Errorf("by document %v: %v", byDocument, got)
		}
		found, err := s.Search(t.Context(), Query{Text: "router bill", Lang: "en", ByDocument: byDocument})
		if err != nil || len(found) < 2 || found[0].Score < found[1].Score {
			t.Errorf("%s, %v", brief(found), err)
		}
	}
	// A question that cannot be embedded is searched by words, and somebody hears why.
	e.err = errors.New("down")
	heard := 0
	if err := s.Embed(t.Context(), e, func(error) { heard++ }, nil); err != nil {
		t.Fatalf("vectors are there, yet: %v", err)
	}
	if got := firsts(t, s, Query{Text: "router", Lang: "en"}); heard != 1 || len(got) == 0 || got[0] != "router" {
		t.Errorf("found %v, heard %d", got, heard)
	}
}

func TestVectorsAreKeptAndMadeAgain(t *testing.T) {
	dir := t.TempDir()
	store, err := OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	id, err := store.Build(t.Context(), []Document{{ID: "a", Title: "Roaming"}, {ID: "b", Title: "Bill"}})
	if err != nil {
		t.Fatal(err)
	}
	embed := func(e *ideas) error {
		s, err := store.Open(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		return s.Embed(t.Context(), e, func(error) {}, nil)
	}
	if err := embed(&ideas{err: errors.New("down")}); err == nil {
		t.Fatal("no error")
	}
	first := &ideas{}
	if err := embed(first); err != nil || first.asked != 2 {
		t.Fatalf("asked for %d, %v", first.asked, err)
	}
	second := &ideas{}
	if err := embed(second); err != nil || second.asked != 0 {
		t.Errorf("asked again for %d, %v", second.asked, err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "segments", "*", "vectors-*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, %v", files, err)
	}
	if err := os.WriteFile(files[0], []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	third := &ideas{}
	if err := embed(third); err != nil || third.asked != 2 {
		t.Errorf("damaged vectors: asked for %d, %v", third.asked, err)
	}
}

// backwards puts the last first, and forgets one.
type backwards struct{ err error }

func (b backwards) Rerank(_ context.Context, _ string, texts []string, _ int) ([]int, error) {
	var places []int
	for i := len(texts) - 1; i > 0; i-- {
		places = append(places, i, i, 99)
	}
	return places, b.err
}

func TestARerankerHasTheLastWord(t *testing.T) {
	docs := []Document{{ID: "a", Title: "Roaming roaming"}, {ID: "b", Title: "Roaming"}, {ID: "c", Title: "Roaming and more"}}
	s := open(t, Change{Put: docs})
	before := firsts(t, s, Query{Text: "roaming"})
	s.Rerank(backwards{}, func(err error) { t.Error(err) })
	after := firsts(t, s, Query{Text: "roaming"})
	slices.Reverse(before)
	if len(after) != 3 || !slices.Equal(before, after) {
		t.Errorf("after %v, backwards %v", after, before)
	}
	heard := 0
	s.Rerank(backwards{errors.New("down")}, func(error) { heard++ })
	slices.Reverse(before)
	if got := firsts(t, s, Query{Text: "roaming"}); !slices.Equal(got, before) || heard != 1 {
		t.Errorf("found %v, heard %d", got, heard)
	}
}
