package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"switchboard"
	"switchboard/fallback/gaps"
	"switchboard/fallback/handoff"
	"switchboard/gateway"
	"switchboard/gateway/ledger"
	"switchboard/kb"
	"switchboard/kb/library"
)

// desk is where managers work on gaps of a running gateway.
func (w *parts) desk() *gaps.Desk {
	return &gaps.Desk{Journal: w.ledger, Ask: w.askAside, Draft: drafter(w.library.Load)}
}

// unfinishedUntil is from when an article without an answer is valid: customers are not answered from it, even where
// somebody promotes it as it is.
var unfinishedUntil = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// drafter makes articles of drafts by the managers' way.
func drafter(l func() *library.Library) gaps.Drafter {
	return func(ctx context.Context, d gaps.Draft, author, reason string) (string, error) {
		doc := kb.Document{ID: d.ID, Title: d.Title, Lang: d.Lang, Topics: d.Topics, Questions: d.Questions, Body: d.Body}
		if d.Unfinished {
			doc.ValidFrom = unfinishedUntil
		}
		r, err := l().Revise(ctx, library.Revision{
			Action: library.Create, Author: author, Reason: reason, Document: d.ID, Content: &doc,
		}, "")
		return r.Candidate, err
	}
}

// askAside asks the release in use in a conversation that is forgotten, and calls no webhook.
func (w *parts) askAside(ctx context.Context, lang, question string) (_ switchboard.Answer, err error) {
	records, err := ledger.Open(ctx, "sqlite://:memory:", ledger.Options{})
	if err != nil {
		return switchboard.Answer{}, fmt.Errorf("make a record to forget: %w", err)
	}
	defer func() { err = errors.Join(err, records.Close()) }()
	nobody, err := handoff.New(handoff.Config{Outbox: records, Log: w.log})
	if err != nil {
		return switchboard.Answer{}, err
	}
	g := w.gateway.Aside(records, nobody)
	c := g.NewConversation(gateway.Opening{Locale: lang})
	return g.Respond(ctx, switchboard.Turn{Opens: &c, ConversationID: c.ID, Text: question}, nil)
}
