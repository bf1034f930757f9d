package handoff

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"switchboard"
)

// Chatwoot is an API inbox of Chatwoot, or of what speaks like it.
type Chatwoot struct {
	URL     string // https://app.chatwoot.com
	Account int64
	Inbox   int64
	Token   string // api_access_token
}

type chatwoot struct {
	api   api
	inbox int64
}

func newChatwoot(c Config, w Chatwoot) (*chatwoot, error) {
	if err := checkURL("chatwoot", w.URL); err != nil {
		return nil, err
	}
	if w.Account <= 0 || w.Inbox <= 0 || w.Token == "" {
		return nil, errors.New("handoff chatwoot: it needs account, inbox and an access token")
	}
	return &chatwoot{inbox: w.Inbox, api: api{
		base: strings.TrimRight(w.URL, "/") + "/api/v1/accounts/" + strconv.FormatInt(w.Account, 10), client: bounded(c.Client), now: c.Now,
		sign: func(r *http.Request) { r.Header.Set("api_access_token", w.Token) },
	}}, nil
}

// chatwootContact is who a conversation is with: one for each conversation of ours, since nobody has proved who they are.
type chatwootContact struct {
	ID             int64  `json:"id"`
	Identifier     string `json:"identifier"`
	ContactInboxes []struct {
		SourceID string `json:"source_id"`
		Inbox    struct {
			ID int64 `json:"id"`
		} `json:"inbox"`
	} `json:"contact_inboxes"`
}

func (w *chatwoot) source(c chatwootContact) string {
	for _, i := range c.ContactInboxes {
		if i.Inbox.ID == w.inbox {
			return i.SourceID
		}
	}
	return ""
}

type chatwootConversation struct {
	ID               int64          `json:"id"`
	CustomAttributes map[string]any `json:"custom_attributes"` // teams keep numbers and lists there too
}

func (w *chatwoot) send(ctx context.Context, d switchboard.Delivery) result {
	if d.Kind == switchboard.DeliverMessage {
		return w.message(ctx, d)
	}
	contact, err := w.contact(ctx, d.Request)
	if err != nil {
		return resultOf(err, switchboard.Acknowledgement{})
	}
	id, err := w.conversation(ctx, contact, d)
	return resultOf(err, switchboard.Acknowledgement{Ticket: strconv.FormatInt(id, 10)})
}

// contact finds the conversation's contact, or makes it.
func (w *chatwoot) contact(ctx context.Context, r switchboard.HandoffRequest) (chatwootContact, error) {
	var found struct {
		Payload []chatwootContact `json:"payload"`
	}
	err := w.api.do(ctx, http.MethodGet, "/contacts/search?q="+url.QueryEscape(r.ConversationID), nil, nil, &found, 200)
	for _, c := range found.Payload {
		if c.Identifier == r.ConversationID && w.source(c) != "" {
			return c, err
		}
	}
	if err != nil {
		return chatwootContact{}, err
	}
	in := map[string]any{"inbox_id": w.inbox, "name": "Customer " + r.Reference, "identifier": r.ConversationID}
	if mail := address(r.Contact); mail != "" {
		in["custom_attributes"] = map[string]string{"contact": mail}
	}
	var made struct {
		Payload struct {
			Contact chatwootContact `json:"contact"`
		} `json:"payload"`
	}
	err = w.api.do(ctx, http.MethodPost, "/contacts", nil, in, &made, 200)
	if c := made.Payload.Contact; err != nil || c.ID != 0 && w.source(c) != "" {
		return c, err
	}
	return chatwootContact{}, undocumented()
}

// conversation finds the one of a try before, or makes it with the request as its first message, as one.
func (w *chatwoot) conversation(ctx context.Context, c chatwootContact, d switchboard.Delivery) (int64, error) {
	var found struct {
		Payload []chatwootConversation `json:"payload"`
	}
	if err := w.api.do(ctx, http.MethodGet, fmt.Sprintf("/contacts/%d/conversations", c.ID), nil, nil, &found, 200); err != nil {
		return 0, err
	}
	for _, v := range found.Payload {
		if v.CustomAttributes["reference"] == d.Request.Reference {
			return v.ID, nil
		}
	}
	var made chatwootConversation
	err := w.api.do(ctx, http.MethodPost, "/conversations", nil, map[string]any{
		"source_id": w.source(c), "inbox_id": w.inbox, "contact_id": c.ID, "status": "open",
		"custom_attributes": map[string]string{"reference": d.Request.Reference, "urgency": d.Request.Urgency},
		"message":           map[string]string{"content": text(d)},
	}, &made, 200)
	if err == nil && made.ID == 0 {
		err = undocumented()
	}
	return made.ID, err
}

// message adds what the customer wrote. Chatwoot takes no key for that: where its answer is lost, it may stand there twice.
func (w *chatwoot) message(ctx context.Context, d switchboard.Delivery) result {
	id, err := strconv.ParseInt(d.Request.Ticket, 10, 64)
	if err != nil {
		return result{refused: true, reason: "the conversation is not known"}
	}
	var made struct {
		ID int64 `json:"id"`
	}
	err = w.api.do(ctx, http.MethodPost, fmt.Sprintf("/conversations/%d/messages", id), nil,
		map[string]any{"content": text(d), "message_type": "incoming", "private": false}, &made, 200)
	return resultOf(err, switchboard.Acknowledgement{})
}
