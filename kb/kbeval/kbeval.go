// Package kbeval measures retrieval: nDCG@10, Recall@5, Recall@10 and MRR@10 of a snapshot over judged queries, in
// the BEIR layout (queries.jsonl and qrels.tsv).
//
// Read [Query] and [Evaluate] first. The package must not know how ranking works: it asks a [Searcher] and
// compares document ids.
package kbeval

import (
	"context"
	"fmt"
	"math"
	"time"

	"switchboard"
	"switchboard/kb"
)

// depth is how many documents of each result are looked at.
const depth = 10

// Query is one judged question.
type Query struct {
	ID   string
	Text string
	Lang string // "" = not said
	// History is what was said before, oldest first.
	History []string
	// Relevant gives each relevant document its grade, 1 or more.
	Relevant map[string]int
}

// Searcher is what is measured; a *kb.Snapshot is one.
type Searcher interface {
	Search(ctx context.Context, q kb.Query) ([]switchboard.Passage, error)
}

// Score is the mean over queries of each measure, 0 to 1.
type Score struct {
	Queries  int     `json:"queries"`
	NDCG10   float64 `json:"ndcg_at_10"` // linear gain, as trec_eval computes it
	Recall5  float64 `json:"recall_at_5"`
	Recall10 float64 `json:"recall_at_10"`
	MRR10    float64 `json:"mrr_at_10"`
}

// Report is an evaluation's result. Languages has "" for queries that say none.
type Report struct {
	All       Score            `json:"all"`
	Languages map[string]Score `json:"languages"`
	// Missed are the ids of queries with no relevant document among the first ten.
	Missed []string `json:"missed"`
}

// Options are what queries do not say themselves.
type Options struct {
	AsOf      time.Time // zero = today
	Audiences []string  // nil = public
}

// Evaluate runs every query that has relevant documents, by document, and averages. Documents that the snapshot does
// not have count as not found.
func Evaluate(ctx context.Context, s Searcher, queries []Query, o Options) (Report, error) {
	r := Report{Languages: map[string]Score{}}
	for _, q := range queries {
		if len(q.Relevant) == 0 {
			continue
		}
		passages, err := s.Search(ctx, kb.Query{
			Text: q.Text, History: q.History, K: depth, Lang: q.Lang, AsOf: o.AsOf, Audiences: o.Audiences, ByDocument: true,
		})
		if err != nil {
			return Report{}, fmt.Errorf("query %s: %w", q.ID, err)
		}
		ranked := make([]string, len(passages))
		for i, p := range passages {
			ranked[i] = p.DocumentID
		}
		one := Measure(ranked, q.Relevant)
		if one.MRR10 == 0 {
			r.Missed = append(r.Missed, q.ID)
		}
		r.All = r.All.plus(one)
		r.Languages[q.Lang] = r.Languages[q.Lang].plus(one)
	}
	r.All = r.All.mean()
	for lang, sum := range r.Languages {
		r.Languages[lang] = sum.mean()
	}
	return r, nil
}

// Measure scores one ranking of document ids, best first, against the grades of the relevant documents.
func Measure(ranked []string, relevant map[string]int) Score {
	s := Score{Queries: 1}
	var dcg float64
	found := 0
	for i, id := range ranked[:min(len(ranked), depth)] {
		grade := relevant[id]
		if grade <= 0 {
			continue
		}
		found++
		dcg += float64(grade) / math.Log2(float64(i+2))
		if s.MRR10 == 0 {
			s.MRR10 = 1 / float64(i+1)
		}
		if i < 5 {
			s.Recall5++
		}
	}
	if ideal := idealDCG(relevant); ideal > 0 {
		s.NDCG10 = dcg / ideal
		s.Recall5 /= float64(len(relevant))
		s.Recall10 = float64(found) / float64(len(relevant))
	}
	return s
}

// idealDCG is the gain of the best possible ranking: grades in falling order.
func idealDCG(relevant map[string]int) float64 {
	highest := 0
	counts := map[int]int{}
	for _, g := range relevant {
		counts[g]++
		highest = max(highest, g)
	}
	var dcg float64
	rank := 0
	for g := highest; g > 0; g-- {
		for range counts[g] {
			if rank == depth {
				return dcg
			}
			dcg += float64(g) / math.Log2(float64(rank+2))
			rank++
		}
	}
	return dcg
}

func (s Score) plus(o Score) Score {
	return Score{
		s.Queries + o.Queries, s.NDCG10 + o.NDCG10, s.Recall5 + o.Recall5, s.Recall10 + o.Recall10, s.MRR10 + o.MRR10,
	}
}

func (s Score) mean() Score {
	n := float64(max(s.Queries, 1))
	return Score{s.Queries, s.NDCG10 / n, s.Recall5 / n, s.Recall10 / n, s.MRR10 / n}
}
