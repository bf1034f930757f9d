// Package answerable measures whether what a search finds tells questions that the knowledge base answers from those that
// it does not.
//
// Read [Set] and [Set.Ask] first. Every question with relevant documents is asked twice: of the whole knowledge base, and
// of one that lacks the documents of a third of the questions, its own among them. Questions of other sets are asked too.
// The package knows how questions are searched and judged, and nothing of replies.
package answerable

import (
	"context"
	"errors"
	"os"

	"switchboard"
	"switchboard/fallback"
	"switchboard/kb"
	"switchboard/kb/kbeval"
)

// Kind says why a question can be answered or cannot.
type Kind string

// The kinds.
const (
	Answerable Kind = "answerable"
	Missing    Kind = "missing" // it is of the trade, and its documents are not there
	Foreign    Kind = "foreign" // it is of another trade
)

// Set is a knowledge base with questions.
type Set struct {
	Name    string
	Docs    []kb.Document
	Queries []kbeval.Query
	Near    []string // of the trade, with no document: missing
	Foreign []string
	Folds   int  // into how many parts the questions are divided; 0 stands for 3
	Scoped  bool // the policy is about these documents: its scope counts
}

// Row is one question as it was judged.
type Row struct {
	Set      string    `json:"set"`
	Question string    `json:"question"`
	Kind     Kind      `json:"kind"`
	Score    float64   `json:"score"`
	Signs    []float64 `json:"signs,omitempty"`
}

// Ask asks all questions of a set. The documents of one part of them are left out in turn.
func (s Set) Ask(ctx context.Context, p *fallback.Policy) (rows []Row, err error) {
	folds := s.Folds
	if folds == 0 {
		folds = 3
	}
	for fold := range folds {
		gone := map[string]bool{}
		for i, q := range s.Queries {
			if i%folds == fold {
				for id := range q.Relevant {
					gone[id] = true
				}
			}
		}
		docs := make([]kb.Document, 0, len(s.Docs))
		for _, d := range s.Docs {
			if !gone[d.ID] {
				docs = append(docs, d)
			}
		}
		err := with(ctx, docs, func(snap *kb.Snapshot) error {
			a := asker{p, snap, s, &rows}
			for i, q := range s.Queries {
				switch {
				case len(q.Relevant) == 0:
				case i%folds == fold:
					a.ask(ctx, q, Missing)
				case !all(q.Relevant, gone):
					a.ask(ctx, q, Answerable)
				}
			}
			if fold > 0 {
				return ctx.Err()
			}
			for _, text := range s.Near {
				a.ask(ctx, kbeval.Query{Text: text}, Missing)
			}
			for _, text := range s.Foreign {
				a.ask(ctx, kbeval.Query{Text: text}, Foreign)
			}
			return ctx.Err()
		})
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// Made gives the questions made of the set's own documents.
func (s Set) Made(ctx context.Context, p *fallback.Policy) (made []SelfMade, err error) {
	err = with(ctx, s.Docs, func(snap *kb.Snapshot) error {
		made, err = FromKnowledge(ctx, p, snap, s.Scoped)
		return err
	})
	return made, err
}

func all(ids map[string]int, in map[string]bool) bool {
	for id := range ids {
		if !in[id] {
			return false
		}
	}
	return true
}

// with builds a snapshot for the length of f.
func with(ctx context.Context, docs []kb.Document, f func(*kb.Snapshot) error) (err error) {
	dir, err := os.MkdirTemp("", "switchboard-answerable-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	store, err := kb.OpenStore(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	id, err := store.Build(ctx, docs)
	if err != nil {
		return err
	}
	snap, err := store.Open(ctx, id)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, snap.Close()) }()
	return f(snap)
}

type asker struct {
	policy *fallback.Policy
	snap   *kb.Snapshot
	set    Set
	rows   *[]Row
}

// passagesJudged is how many passages a turn judges.
const passagesJudged = 24

func (a asker) ask(ctx context.Context, q kbeval.Query, kind Kind) {
	in := fallback.EvidenceInput{Question: q.Text, Lang: "en", Route: fallback.Route{Scope: 0.5}}
	if a.set.Scoped {
		in.Route.Scope = a.policy.Route(fallback.RouteInput{Text: switchboard.Masked(q.Text), Lang: in.Lang}).Scope
	}
	found, err := a.snap.Search(ctx, kb.Query{Text: q.Text, K: passagesJudged, Lang: in.Lang, History: q.History})
	if err != nil {
		return // the context has ended, and the caller says so
	}
	in.Passages = found
	in.Rarity, in.MostIDF = a.snap.Rarity(ctx, in.Lang)
	*a.rows = append(*a.rows, Row{a.set.Name, q.Text, kind, a.policy.Judge(in).Score, a.policy.Signs(in)})
}
