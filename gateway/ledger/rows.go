package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"switchboard"
	"switchboard/gateway/ledger/internal/query"
)

// reply is what the customer sees besides the answer's text.
type reply struct {
	Citations   []switchboard.Citation `json:"citations"`
	Suggestions []string               `json:"suggestions"`
	Choices     []string               `json:"choices,omitempty"`
}

// checks is what explains a reply afterwards.
type checks struct {
	Stops    []switchboard.Stop    `json:"stops,omitempty"`
	Attempts []switchboard.Attempt `json:"attempts,omitempty"`
	Copied   string                `json:"copied_from,omitempty"`
	Said     []switchboard.Checked `json:"said,omitempty"`
	Score    float64               `json:"evidence_score,omitempty"`
	Signs    map[string]float64    `json:"signs,omitempty"`
	Missing  []string              `json:"missing,omitempty"`
	Withheld []string              `json:"withheld,omitempty"`
}

func turnRow(t switchboard.Turn) (query.InsertTurnParams, error) {
	a, e := t.Answer, &encoder{}
	row := query.InsertTurnParams{
		ID: clean(t.ID), ConversationID: clean(t.ConversationID), ClientMessageID: clean(t.ClientMessageID),
		Question: clean(string(t.Question)), Lang: clean(t.Lang), StartedAt: micros(t.StartedAt),
		Topic: clean(t.Topic), Scope: t.Scope, Evidence: clean(t.Evidence), Grounded: t.Grounded,
		Action: string(a.Action), Reason: string(a.Reason), Answer: clean(a.Text),
		ReleaseID: string(a.Release), Prompt: clean(a.Prompt), Model: clean(a.Model),
		TotalMs: a.Latency.Total, FirstSentenceMs: a.Latency.FirstSentence, RetrieveMs: a.Latency.Retrieve,
		ModelMs: a.Latency.Model, VerifyMs: a.Latency.Verify,
		InputTokens: int64(a.Usage.InputTokens), OutputTokens: int64(a.Usage.OutputTokens),
		CostNanos: int64(math.Round(a.Usage.CostUSD * 1e9)), CreatedAt: micros(a.CreatedAt),
		Reply:    e.json(reply{Citations: a.Citations, Suggestions: a.Suggestions, Choices: t.Choices}),
		Passages: e.json(t.Passages), Checks: e.json(checks{
			Stops: t.Stops, Attempts: t.Attempts, Copied: clean(t.CopiedFrom), Said: t.Said, Score: t.EvidenceScore,
			Signs: t.Signs, Missing: t.Missing, Withheld: t.Withheld,
		}),
	}
	if a.Handoff != nil {
		row.HandoffState, row.HandoffReference = string(a.Handoff.State), clean(a.Handoff.Reference)
	}
	return row, e.err
}

func turnOf(row query.Turn) (switchboard.Turn, error) {
	r, err1 := decode[reply](row.Reply)
	passages, err2 := decode[[]switchboard.Passage](row.Passages)
	c, err3 := decode[checks](row.Checks)
	if err := errors.Join(err1, err2, err3); err != nil {
		return switchboard.Turn{}, fmt.Errorf("turn %s: %w", row.ID, err)
	}
	t := switchboard.Turn{
		ConversationID: row.ConversationID, ClientMessageID: row.ClientMessageID,
		ID: row.ID, Question: switchboard.Masked(row.Question), Lang: row.Lang, StartedAt: fromMicros(row.StartedAt),
		Topic: row.Topic, Scope: row.Scope, Evidence: row.Evidence, Grounded: row.Grounded,
		Passages: passages, Choices: r.Choices, Stops: c.Stops, Attempts: c.Attempts, CopiedFrom: c.Copied,
		Said: c.Said, EvidenceScore: c.Score, Signs: c.Signs, Missing: c.Missing, Withheld: c.Withheld,
		Answer: switchboard.Answer{
			ID: row.ID, ConversationID: row.ConversationID, Role: switchboard.RoleAssistant,
			Action: switchboard.Action(row.Action), Reason: switchboard.Reason(row.Reason), Text: row.Answer,
			Citations: orEmpty(r.Citations), Suggestions: orEmpty(r.Suggestions),
			Release: switchboard.ReleaseID(row.ReleaseID), Prompt: row.Prompt, Model: row.Model,
			Latency: switchboard.Latency{
				Total: row.TotalMs, FirstSentence: row.FirstSentenceMs, Retrieve: row.RetrieveMs,
				Model: row.ModelMs, Verify: row.VerifyMs,
			},
			Usage: switchboard.Usage{
				InputTokens: int(row.InputTokens), OutputTokens: int(row.OutputTokens),
				CostUSD: switchboard.Money(row.CostNanos).USD(),
			},
			CreatedAt: fromMicros(row.CreatedAt),
		},
	}
	if row.HandoffState != "" {
		t.Answer.Handoff = &switchboard.Handoff{
			State: switchboard.HandoffState(row.HandoffState), Reference: row.HandoffReference,
		}
	}
	return t, nil
}

func conversationRow(c switchboard.Conversation, disclosure string) (query.InsertConversationParams, error) {
	e := &encoder{}
	row := query.InsertConversationParams{
		ID: clean(c.ID), Locale: clean(c.Locale), Audiences: e.json(c.Audiences), Context: e.json(c.Context),
		Disclosure: clean(disclosure), CreatedAt: micros(c.CreatedAt), UpdatedAt: micros(c.CreatedAt),
	}
	return row, e.err
}

func conversationOf(row query.Conversation) (switchboard.Conversation, error) {
	c := switchboard.Conversation{
		ID: row.ID, Locale: row.Locale, Disclosure: row.Disclosure, CreatedAt: fromMicros(row.CreatedAt), Turns: []switchboard.Turn{},
	}
	var err1, err2 error
	c.Audiences, err1 = decode[[]string](row.Audiences)
	c.Context, err2 = decode[map[string]string](row.Context)
	if err := errors.Join(err1, err2); err != nil {
		return c, fmt.Errorf("conversation %s: %w", row.ID, err)
	}
	return c, nil
}

func handoffOf(row query.Handoff) (switchboard.HandoffRequest, error) {
	h := switchboard.HandoffRequest{
		Reference: row.Reference, ConversationID: row.ConversationID, State: switchboard.HandoffState(row.State),
		Reason: switchboard.Reason(row.Reason), Locale: row.Locale, Contact: row.Contact,
		Note: switchboard.Masked(row.Note), Summary: row.Summary, CreatedAt: fromMicros(row.CreatedAt),
		Ticket: row.Ticket, QueuePosition: int(row.QueuePosition), ETASeconds: int(row.EtaSeconds), AcceptedAt: optional(row.AcceptedAt),
	}
	var err error
	if h.Transcript, err = decode[[]switchboard.Line](row.Transcript); err != nil {
		return h, fmt.Errorf("handoff %s: %w", row.Reference, err)
	}
	return h, nil
}

// encoder writes columns of JSON and keeps the first error: floats that are no number are all that can go wrong.
type encoder struct{ err error }

func (e *encoder) json(v any) string {
	b, err := json.Marshal(v)
	if err != nil && e.err == nil {
		e.err = switchboard.Errorf(switchboard.Internal, "the record cannot be written").Because(err)
	}
	return string(b)
}

// decode reads a column of JSON. A column that was left out is the zero value.
func decode[T any](text string) (v T, err error) {
	if text == "" {
		return v, nil
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return v, fmt.Errorf("a column's JSON cannot be read: %w", err)
	}
	return v, nil
}

// clean makes s a text that both databases take: PostgreSQL refuses null bytes and invalid UTF-8.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
