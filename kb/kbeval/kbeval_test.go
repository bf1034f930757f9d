package kbeval

import (
	"context"
	"math"
	"strings"
	"testing"

	"switchboard"
	"switchboard/kb"
)

func TestMeasure(t *testing.T) {
	lg := math.Log2
	for _, c := range []struct {
		name     string
		ranked   string
		relevant map[string]int
		want     Score
	}{
		{"first", "a b", map[string]int{"a": 1}, Score{1, 1, 1, 1, 1}},
		{"third", "x y a", map[string]int{"a": 1}, Score{1, 1 / lg(4), 1, 1, 1.0 / 3}},
		{"seventh", "1 2 3 4 5 6 a", map[string]int{"a": 1}, Score{1, 1 / lg(8), 0, 1, 1.0 / 7}},
		{"eleventh", "1 2 3 4 5 6 7 8 9 10 a", map[string]int{"a": 1}, Score{1, 0, 0, 0, 0}},
		{"grades, linear gain", "b a", map[string]int{"a": 2, "b": 1}, Score{1, (1 + 2/lg(3)) / (2 + 1/lg(3)), 1, 1, 1}},
		{"half", "a x", map[string]int{"a": 1, "b": 1}, Score{1, 1 / (1 + 1/lg(3)), 0.5, 0.5, 1}},
		{"nothing found", "", map[string]int{"a": 1}, Score{1, 0, 0, 0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Measure(strings.Fields(c.ranked), c.relevant)
			for _, d := range []float64{
				got.NDCG10 - c.want.NDCG10, got.Recall5 - c.want.Recall5, got.Recall10 - c.want.Recall10, got.MRR10 - c.want.MRR10,
			} {
				if math.Abs(d) > 1e-12 {
					t.Fatalf("got %+v, want %+v", got, c.want)
				}
			}
		})
	}
}

func TestRead(t *testing.T) {
	queries := `{"_id":"q1","text":"one","history":[{"speaker":"U"}]}` + "\n\n" + `{"_id":"q2","text":"dos","lang":"es"}`
	all, err := Read(strings.NewReader(queries), strings.NewReader("query-id\tcorpus-id\tscore\nq1\ta\t2\nq1\tb\t0\nq9\ta\t1\n"))
	if err != nil || len(all) != 2 || all[0].Relevant["a"] != 2 || len(all[0].Relevant) != 1 || all[1].Lang != "es" {
		t.Errorf("got %+v, %v", all, err)
	}
	for _, c := range []struct{ queries, qrels, want string }{
		{"{", "", "queries, line 1"},
		{`{"_id":"q"}`, "", "needs _id and text"},
		{`{"_id":"q","text":"x"}`, "q a 1", "judgements, line 1: has 1 columns"},
		{`{"_id":"q","text":"x"}`, "a\tb\tc\nq\ta\tmuch", "judgements, line 2"},
	} {
		if _, err := Read(strings.NewReader(c.queries), strings.NewReader(c.qrels)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s / %s: %v, want %q", c.queries, c.qrels, err, c.want)
		}
	}
}

// fixed answers every query with the same ranking.
type fixed []string

func (f fixed) Search(_ context.Context, q kb.Query) ([]switchboard.Passage, error) {
	if !q.ByDocument || q.K != depth {
		return nil, switchboard.Errorf(switchboard.Internal, "asked for %+v", q)
	}
	var found []switchboard.Passage
	for _, id := range f {
		found = append(found, switchboard.Passage{DocumentID: id})
	}
	return found, nil
}

func TestEvaluate(t *testing.T) {
	r, err := Evaluate(t.Context(), fixed{"a", "b"}, []Query{
		{ID: "1", Text: "x", Lang: "en", Relevant: map[string]int{"a": 1}},
		{ID: "2", Text: "x", Lang: "es", Relevant: map[string]int{"b": 1}},
		{ID: "3", Text: "x", Lang: "es", Relevant: map[string]int{"c": 1}},
		{ID: "unjudged", Text: "x"},
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.All.Queries != 3 || r.All.MRR10 != 0.5 || r.Languages["es"].MRR10 != 0.25 || r.Languages["en"].NDCG10 != 1 {
		t.Errorf("got %+v", r)
	}
	if len(r.Missed) != 1 || r.Missed[0] != "3" {
		t.Errorf("missed %v", r.Missed)
	}
}
