package library

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"switchboard"
	"switchboard/kb"
)

// Preview is what a document would be if it were served.
type Preview struct {
	Document kb.Document           // as it would be stored; passages' offsets are into its body
	Passages []switchboard.Passage // as it would be cut
	Snapshot string                // that would be the candidate
	AsOf     time.Time             // the day that was asked about: today, or the first on which the document applies
	Ranks    []Rank                // for each question
}

// Rank is how a document fares with a question among all that its readers may see.
type Rank struct {
	Question string
	Rank     int                 // among documents, by the best passage of each; 1 is the first, 0 not among those looked at
	Passage  string              // the id of its best passage, "" where it is not among those looked at
	Score    float64             // of that passage
	First    switchboard.Passage // the best of all, zero where nothing was found
}

// Preview cuts a document and asks questions of the head with the document in it. Without questions, it asks those that
// the document is pinned to and its title. Depth is how many passages are looked at for each question, 0 is 50. Nothing
// is kept, so that it can be asked as often as somebody types.
func (l *Library) Preview(ctx context.Context, d kb.Document, questions []string, depth int) (p Preview, err error) {
	d = d.Normalize()
	if err := d.Check(); err != nil {
		return p, switchboard.FieldError("document", "%s", err)
	}
	head, err := l.Head()
	if err != nil {
		return p, err
	}
	snap, err := l.Store.Try(ctx, head.Snapshot(), kb.Change{Put: []kb.Document{d}})
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, snap.Close()) }()
	p = Preview{Document: d, Passages: kb.Cut(d), Snapshot: snap.ID(), AsOf: midnight(l.now())}
	if d.ValidFrom.After(p.AsOf) {
		p.AsOf = d.ValidFrom
	}
	if len(questions) == 0 {
		questions = slices.Clone(d.Questions)
		if d.Title != "" && !slices.Contains(questions, d.Title) {
			questions = append(questions, d.Title)
		}
	}
	for _, q := range questions {
		found, err := snap.Search(ctx, kb.Query{
			Text: q, K: cmp.Or(depth, 50), Lang: d.Lang, AsOf: p.AsOf, Audiences: slices.Compact([]string{kb.AudiencePublic, d.Audience}),
		})
		if err != nil {
			return p, err
		}
		p.Ranks = append(p.Ranks, rankOf(d.ID, q, found))
	}
	return p, nil
}

func rankOf(document, question string, found []switchboard.Passage) Rank {
	r := Rank{Question: question}
	seen := map[string]bool{}
	for i, x := range found {
		if i == 0 {
			r.First = x
		}
		seen[x.DocumentID] = true
		if x.DocumentID == document {
			r.Rank, r.Passage, r.Score = len(seen), x.ID, x.Score
			return r
		}
	}
	return r
}
