package ledger

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"switchboard"
	"switchboard/gateway/ledger/internal/query"
)

// latestTurns is how many turns Conversation returns at most: what the next turn can lean on.
const latestTurns = 8

// OpenConversation records a new conversation and the words by which the customer was told what they talk to. Its
// Turns and Handoff are not recorded. An id that has been used before is switchboard.Conflict.
func (l *Ledger) OpenConversation(ctx context.Context, c switchboard.Conversation, disclosure string) error {
	row, err := conversationRow(c, disclosure)
	if err != nil {
		return err
	}
	n, err := l.w.InsertConversation(ctx, row)
	if err != nil {
		return failed("open conversation", err)
	}
	if n == 0 {
		return switchboard.Errorf(switchboard.Conflict, "this conversation exists already")
	}
	return nil
}

// Conversation returns a conversation with its latest 8 turns and its latest handoff. The turns are without
// Passages, Stops and Attempts, which are most of their bytes: Turn and Transcript have them.
func (l *Ledger) Conversation(ctx context.Context, id string) (switchboard.Conversation, error) {
	c, err := l.conversation(ctx, id)
	if err != nil {
		return c, err
	}
	rows, err := l.r.LatestTurns(ctx, query.LatestTurnsParams{ConversationID: id, Limit: latestTurns})
	if err != nil {
		return c, failed("read turns", err)
	}
	slices.Reverse(rows)
	for _, row := range rows {
		t, err := turnOf(query.Turn(row))
		if err != nil {
			return c, failed("read turns", err)
		}
		c.Turns = append(c.Turns, t)
	}
	return c, nil
}

// Transcript returns a conversation with all of its turns and all that is known about them, however long it is.
func (l *Ledger) Transcript(ctx context.Context, id string) (switchboard.Conversation, error) {
	c, err := l.conversation(ctx, id)
	if err != nil {
		return c, err
	}
	rows, err := l.r.AllTurns(ctx, id)
	if err != nil {
		return c, failed("read turns", err)
	}
	for _, row := range rows {
		t, err := turnOf(row)
		if err != nil {
			return c, failed("read turns", err)
		}
		c.Turns = append(c.Turns, t)
	}
	lines, err := l.r.AgentLines(ctx, id)
	if err != nil {
		return c, failed("read what people wrote", err)
	}
	for _, row := range lines {
		c.Agent = append(c.Agent, switchboard.Line{
			ID: row.ID, Role: switchboard.RoleAgent, Text: switchboard.Masked(row.Text), At: fromMicros(row.CreatedAt),
		})
	}
	return c, nil
}

// conversation reads one without its turns.
func (l *Ledger) conversation(ctx context.Context, id string) (switchboard.Conversation, error) {
	row, err := l.r.GetConversation(ctx, clean(id))
	if err != nil {
		return switchboard.Conversation{}, found("read conversation", err, "there is no such conversation")
	}
	if row.ErasedAt != 0 {
		return switchboard.Conversation{}, noConversation()
	}
	c, err := conversationOf(row)
	if err != nil {
		return c, failed("read conversation", err)
	}
	handoffs, err := l.r.LatestHandoff(ctx, id)
	if err != nil {
		return c, failed("read handoff", err)
	}
	for _, h := range handoffs {
		if state := switchboard.HandoffState(h.State); state != switchboard.HandoffReleased {
			c.Handoff = &switchboard.Handoff{
				State: state, Reference: h.Reference, QueuePosition: int(h.QueuePosition), ETASeconds: int(h.EtaSeconds),
			}
			c.WithHuman = h.AcceptedAt != 0 && state == switchboard.HandoffAcknowledged
		}
	}
	return c, nil
}

// Turn returns one turn with all that is known about it.
func (l *Ledger) Turn(ctx context.Context, conversation, message string) (switchboard.Turn, error) {
	row, err := l.r.GetTurn(ctx, query.GetTurnParams{ID: clean(message), ConversationID: clean(conversation)})
	return oneTurn(row, err)
}

// ConversationOf returns the id of the conversation that a message belongs to.
func (l *Ledger) ConversationOf(ctx context.Context, message string) (string, error) {
	id, err := l.r.ConversationOf(ctx, clean(message))
	if err != nil {
		return "", found("read turn", err, "there is no such message")
	}
	return id, nil
}

// TurnByClientID returns the turn that carried the client's own message id, with all that is known about it.
func (l *Ledger) TurnByClientID(ctx context.Context, conversation, clientMessageID string) (switchboard.Turn, error) {
	row, err := l.r.GetTurnByClientID(ctx, query.GetTurnByClientIDParams{
		ConversationID: clean(conversation), ClientMessageID: clean(clientMessageID),
	})
	return oneTurn(row, err)
}

func oneTurn(row query.Turn, err error) (switchboard.Turn, error) {
	if err != nil {
		return switchboard.Turn{}, found("read turn", err, "there is no such message")
	}
	t, err := turnOf(row)
	if err != nil {
		return t, failed("read turn", err)
	}
	return t, nil
}

// Filter says which conversations Conversations lists. The zero value lists the latest 50.
type Filter struct {
	Since  time.Time          // opened at or after
	Until  time.Time          // opened before; zero = no end
	Action switchboard.Action // with a turn of this action
	Reason switchboard.Reason // with a turn of this reason
	Limit  int                // 1..1000, 0 = 50
	Cursor string             // where the page before ended
}

// Summary is a conversation in a list.
type Summary struct {
	ID           string               `json:"id"`
	Locale       string               `json:"locale"`
	CreatedAt    time.Time            `json:"created_at"`
	UpdatedAt    time.Time            `json:"updated_at"`
	Turns        int                  `json:"turns"`
	LastQuestion switchboard.Masked   `json:"last_question"`
	LastAction   switchboard.Action   `json:"last_action"`
	LastReason   switchboard.Reason   `json:"last_reason"`
	Handoff      *switchboard.Handoff `json:"handoff"`
	Ups          int                  `json:"ups"`   // replies rated up
	Downs        int                  `json:"downs"` // replies rated down
	CSAT         int                  `json:"csat"`  // 1 to 5, 0 = none was given
}

// Conversations lists conversations, latest first. The second result is the next page's Cursor, "" at the end. A
// cursor that no page ended with is switchboard.InvalidField.
func (l *Ledger) Conversations(ctx context.Context, f Filter) ([]Summary, string, error) {
	at, id, err := parseCursor(f.Cursor)
	if err != nil {
		return nil, "", err
	}
	limit := pageSize(f.Limit)
	until := int64(math.MaxInt64)
	if !f.Until.IsZero() {
		until = micros(f.Until)
	}
	rows, err := l.r.ListConversations(ctx, query.ListConversationsParams{
		Since: micros(f.Since), Until: until, Action: clean(string(f.Action)), Reason: clean(string(f.Reason)),
		BeforeAt: at, BeforeID: id, MaxRows: limit + 1,
	})
	if err != nil {
		return nil, "", failed("list conversations", err)
	}
	next := ""
	if len(rows) > int(limit) {
		rows = rows[:limit]
		last := rows[limit-1]
		next = cursor(last.CreatedAt, last.ID)
	}
	list := make([]Summary, len(rows))
	for i, row := range rows {
		list[i] = summaryOf(row)
	}
	return list, next, nil
}

func summaryOf(row query.ListConversationsRow) Summary {
	s := Summary{
		ID: row.ID, Locale: row.Locale, CreatedAt: fromMicros(row.CreatedAt), UpdatedAt: fromMicros(row.UpdatedAt),
		Turns: int(row.TurnCount), LastQuestion: switchboard.Masked(row.LastQuestion),
		LastAction: switchboard.Action(row.LastAction), LastReason: switchboard.Reason(row.LastReason),
		Ups: int(row.Ups), Downs: int(row.Downs), CSAT: int(row.CsatScore),
	}
	if row.HandoffReference != "" {
		s.Handoff = &switchboard.Handoff{
			State: switchboard.HandoffState(row.HandoffState), Reference: row.HandoffReference,
		}
	}
	return s
}

// pageSize is how many rows a list has at most.
func pageSize(wanted int) int32 {
	if wanted <= 0 {
		return 50
	}
	return int32(min(wanted, 1000)) //nolint:gosec // at most 1000
}

// cursor names a row of a list that is ordered by time and id, both descending.
func cursor(at int64, id string) string { return strconv.FormatInt(at, 36) + "." + id }

// parseCursor of "" is before the first row.
func parseCursor(s string) (at int64, id string, err error) {
	if s == "" {
		return math.MaxInt64, "", nil
	}
	head, id, found := strings.Cut(s, ".")
	at, err = strconv.ParseInt(head, 36, 64)
	if !found || err != nil {
		return 0, "", switchboard.FieldError("cursor", "is not one that a list ended with")
	}
	return at, clean(id), nil
}
