package ledger

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"switchboard"
	"switchboard/gateway/ledger/internal/query"
)

// askedPage is how many turns Asked reads at a time.
const askedPage = 2000

// Asked calls yield with every turn since a time, oldest first, as far as it tells what could not be answered. It reads the
// turns in pages, so that neither it nor the turns of the day wait for each other long. Erased conversations have none.
func (l *Ledger) Asked(ctx context.Context, since time.Time, yield func(switchboard.Asked)) error {
	after := switchboard.FirstID("msg", since)
	for {
		rows, err := l.r.AskedSince(ctx, query.AskedSinceParams{After: after, MaxRows: askedPage})
		if err != nil {
			return failed("read what was asked", err)
		}
		for _, row := range rows {
			yield(askedOf(row))
		}
		if len(rows) < askedPage {
			return nil
		}
		after = rows[len(rows)-1].ID
	}
}

// emptyPassages is the longest text that a column of passages has where none were found: "null" or "[]".
const emptyPassages = 4

func askedOf(row query.AskedSinceRow) switchboard.Asked {
	a := switchboard.Asked{
		ID: row.ID, ConversationID: row.ConversationID, Question: switchboard.Masked(row.Question), Lang: row.Lang,
		Topic: row.Topic, Scope: row.Scope, Action: switchboard.Action(row.Action), Reason: switchboard.Reason(row.Reason),
		Rating: row.Rating, At: fromMicros(row.StartedAt),
	}
	a.Found = row.PassagesLength > emptyPassages
	if row.Checks == "" {
		return a
	}
	var c struct { // of checks, what is asked for: the rest is skipped
		Stops []struct {
			Guard string `json:"guard"`
		} `json:"stops"`
		Score   float64  `json:"evidence_score"`
		Missing []string `json:"missing"`
	}
	if json.Unmarshal([]byte(row.Checks), &c) == nil {
		a.EvidenceScore, a.Missing = c.Score, c.Missing
		for _, s := range c.Stops {
			a.Guards = append(a.Guards, s.Guard)
		}
	}
	return a
}

// Gaps returns what managers have made of gaps, by id.
func (l *Ledger) Gaps(ctx context.Context) ([]switchboard.GapRecord, error) {
	rows, err := l.r.ListGaps(ctx)
	if err != nil {
		return nil, failed("read gaps", err)
	}
	questions, err := l.r.ListGapQuestions(ctx)
	if err != nil {
		return nil, failed("read gaps", err)
	}
	of := map[string][]switchboard.GapQuestion{}
	for _, q := range questions {
		checked, err := decode[*switchboard.GapAnswer](q.Checked)
		if err != nil {
			return nil, failed("read gaps", err)
		}
		of[q.GapID] = append(of[q.GapID], switchboard.GapQuestion{
			MessageID: q.MessageID, ConversationID: q.ConversationID, Checked: checked,
		})
	}
	out := make([]switchboard.GapRecord, len(rows))
	for i, row := range rows {
		out[i] = switchboard.GapRecord{
			ID: row.ID, State: switchboard.GapState(row.State), ChangedAt: fromMicros(row.ChangedAt), ChangedBy: row.ChangedBy,
			Why: row.Why, Document: row.Document, Release: switchboard.ReleaseID(row.ReleaseID),
			CheckedAt: fromMicros(row.CheckedAt), Questions: of[row.ID],
		}
	}
	return out, nil
}

// SaveGap writes what a manager made of a gap. before is the ChangedAt that the record had when it was read, zero for a new
// one: switchboard.Conflict where somebody else has written it since. Questions of conversations that have been erased
// meanwhile are left out.
func (l *Ledger) SaveGap(ctx context.Context, r switchboard.GapRecord, before time.Time) error {
	questions := slices.Clone(r.Questions)
	slices.SortFunc(questions, func(a, b switchboard.GapQuestion) int { return strings.Compare(a.ConversationID, b.ConversationID) })
	return l.inTx(ctx, "record a gap", func(q *query.Queries) error {
		n, err := q.SaveGap(ctx, query.SaveGapParams{
			ID: clean(r.ID), State: string(r.State), ChangedAt: micros(r.ChangedAt), ChangedBy: clean(r.ChangedBy),
			Why: clean(r.Why), Document: clean(r.Document), ReleaseID: string(r.Release), CheckedAt: micros(r.CheckedAt),
			Before: micros(before),
		})
		if err != nil {
			return err
		}
		if n == 0 {
			return switchboard.Errorf(switchboard.Conflict, "somebody else has changed the gap since it was read")
		}
		if err := q.ForgetGapQuestions(ctx, r.ID); err != nil {
			return err
		}
		e := &encoder{}
		for _, g := range questions {
			n, err := q.LockConversation(ctx, g.ConversationID)
			if err != nil {
				return err
			}
			if n == 0 {
				continue
			}
			checked := ""
			if g.Checked != nil {
				checked = e.json(g.Checked)
			}
			err = q.SaveGapQuestion(ctx, query.SaveGapQuestionParams{
				MessageID: g.MessageID, ConversationID: g.ConversationID, GapID: r.ID, Checked: checked,
			})
			if err != nil {
				return err
			}
		}
		return e.err
	})
}

// SaveGapCases notes which questions were made eval cases.
func (l *Ledger) SaveGapCases(ctx context.Context, cases []switchboard.GapCase) error {
	cases = slices.Clone(cases)
	slices.SortFunc(cases, func(a, b switchboard.GapCase) int { return strings.Compare(a.ConversationID, b.ConversationID) })
	return l.inTx(ctx, "record eval cases", func(q *query.Queries) error {
		for _, c := range cases {
			if n, err := q.LockConversation(ctx, c.ConversationID); err != nil || n == 0 {
				return err
			}
			err := q.SaveGapCase(ctx, query.SaveGapCaseParams{
				Suite: clean(c.Suite), MessageID: c.MessageID, ConversationID: c.ConversationID, GapID: c.GapID,
				CreatedAt: orNow(c.At, micros(l.now())),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// GapCasesOf returns which questions of a conversation were made eval cases: they stand in files that an erasure of the
// ledger does not reach.
func (l *Ledger) GapCasesOf(ctx context.Context, conversation string) ([]switchboard.GapCase, error) {
	rows, err := l.r.GapCasesOf(ctx, clean(conversation))
	if err != nil {
		return nil, failed("read eval cases", err)
	}
	out := make([]switchboard.GapCase, len(rows))
	for i, row := range rows {
		out[i] = switchboard.GapCase{
			MessageID: row.MessageID, ConversationID: row.ConversationID, GapID: row.GapID, Suite: row.Suite, At: fromMicros(row.CreatedAt),
		}
	}
	return out, nil
}
