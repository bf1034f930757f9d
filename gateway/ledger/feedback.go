package ledger

import (
	"context"
	"time"

	"switchboard"
	"switchboard/gateway/ledger/internal/query"
)

// Feedback records a customer's word on one reply. A later word on the same reply replaces it.
func (l *Ledger) Feedback(ctx context.Context, conversation, message string, f switchboard.Feedback) error {
	if f.Rating != "up" && f.Rating != "down" {
		return switchboard.FieldError("rating", `must be "up" or "down"`)
	}
	return l.inConversation(ctx, conversation, "record feedback", func(q *query.Queries, now int64) error {
		n, err := q.CountTurn(ctx, query.CountTurnParams{ID: clean(message), ConversationID: conversation})
		if err != nil {
			return err
		}
		if n == 0 {
			return switchboard.Errorf(switchboard.NotFound, "there is no such message")
		}
		return q.UpsertFeedback(ctx, query.UpsertFeedbackParams{
			MessageID: message, ConversationID: conversation, Rating: f.Rating, Reason: clean(f.Reason),
			Comment: clean(string(f.Comment)), CreatedAt: orNow(f.At, now),
		})
	})
}

// FeedbackOn returns the customer's word on one reply.
func (l *Ledger) FeedbackOn(ctx context.Context, conversation, message string) (switchboard.Feedback, error) {
	row, err := l.r.GetFeedback(ctx, query.GetFeedbackParams{MessageID: clean(message), ConversationID: clean(conversation)})
	if err != nil {
		return switchboard.Feedback{}, found("read feedback", err, "the reply was not rated")
	}
	return switchboard.Feedback{
		Rating: row.Rating, Reason: row.Reason, Comment: switchboard.Masked(row.Comment), At: fromMicros(row.CreatedAt),
	}, nil
}

// CSAT records a customer's word on a whole conversation. A later one replaces it.
func (l *Ledger) CSAT(ctx context.Context, conversation string, c switchboard.CSAT) error {
	if c.Score < 1 || c.Score > 5 {
		return switchboard.FieldError("score", "must be 1, 2, 3, 4 or 5")
	}
	return l.inConversation(ctx, conversation, "record csat", func(q *query.Queries, now int64) error {
		return q.UpsertCSAT(ctx, query.UpsertCSATParams{
			ConversationID: conversation, Score: int64(c.Score), Comment: clean(string(c.Comment)),
			CreatedAt: orNow(c.At, now),
		})
	})
}

// Opinion is what a customer said about a conversation and its replies.
type Opinion struct {
	Feedback map[string]switchboard.Feedback `json:"feedback"` // by message id
	CSAT     *switchboard.CSAT               `json:"csat"`
}

// Opinion returns what was said about a conversation, which may be nothing.
func (l *Ledger) Opinion(ctx context.Context, conversation string) (Opinion, error) {
	o := Opinion{Feedback: map[string]switchboard.Feedback{}}
	rows, err := l.r.ListFeedback(ctx, clean(conversation))
	if err != nil {
		return o, failed("read feedback", err)
	}
	for _, row := range rows {
		o.Feedback[row.MessageID] = switchboard.Feedback{
			Rating: row.Rating, Reason: row.Reason, Comment: switchboard.Masked(row.Comment), At: fromMicros(row.CreatedAt),
		}
	}
	scores, err := l.r.ListCSAT(ctx, clean(conversation))
	if err != nil {
		return o, failed("read csat", err)
	}
	for _, row := range scores {
		o.CSAT = &switchboard.CSAT{
			Score: int(row.Score), Comment: switchboard.Masked(row.Comment), At: fromMicros(row.CreatedAt),
		}
	}
	return o, nil
}

func orNow(t time.Time, now int64) int64 {
	if t.IsZero() {
		return now
	}
	return micros(t)
}
