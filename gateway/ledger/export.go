package ledger

import (
	"context"
	"strings"

	"switchboard"
)

// Export returns all that is kept of a conversation, as its customer may ask for it.
func (l *Ledger) Export(ctx context.Context, id string) (switchboard.Export, error) {
	c, err := l.Transcript(ctx, id)
	if err != nil {
		return switchboard.Export{}, err
	}
	e := switchboard.Export{Conversation: c, Handoffs: []switchboard.HandoffRequest{}}
	o, err := l.Opinion(ctx, id)
	if err != nil {
		return e, err
	}
	e.Feedback, e.CSAT = o.Feedback, o.CSAT
	rows, err := l.r.HandoffsOf(ctx, clean(id))
	if err != nil {
		return e, failed("read handoffs", err)
	}
	for _, row := range rows {
		h, err := handoffOf(row)
		if err != nil {
			return e, failed("read handoffs", err)
		}
		e.Handoffs = append(e.Handoffs, h)
	}
	return e, nil
}

// ByContact returns the conversations in which somebody gave a contact in order to be reached. It is all by which a person
// can be found: nothing else names one.
func (l *Ledger) ByContact(ctx context.Context, contact string) ([]string, error) {
	ids, err := l.r.ConversationsByContact(ctx, strings.ToLower(clean(strings.TrimSpace(contact))))
	if err != nil {
		return nil, failed("find conversations", err)
	}
	return ids, nil
}
