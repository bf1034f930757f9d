package handoff

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"switchboard"
)

// Zendesk is a ticket API like Zendesk's: tickets under /api/v2, an agent's address and an API token.
type Zendesk struct {
	URL   string // https://example.zendesk.com
	Email string
	Token string
}

type zendesk struct{ api api }

func newZendesk(c Config, z Zendesk) (*zendesk, error) {
	if err := checkURL("zendesk", z.URL); err != nil {
		return nil, err
	}
	if address(z.Email) == "" || z.Token == "" {
		return nil, errors.New("handoff zendesk: it needs an agent's e-mail address and an API token")
	}
	return &zendesk{api{
		base: strings.TrimRight(z.URL, "/"), client: bounded(c.Client), now: c.Now,
		sign: func(r *http.Request) { r.SetBasicAuth(z.Email+"/token", z.Token) },
	}}, nil
}

type zendeskTicket struct {
	ID         int64             `json:"id,omitempty"`
	Subject    string            `json:"subject,omitempty"`
	Comment    *zendeskComment   `json:"comment,omitempty"`
	ExternalID string            `json:"external_id,omitempty"`
	Priority   string            `json:"priority,omitempty"`
	Tags       []string          `json:"tags,omitempty"`
	Requester  *zendeskRequester `json:"requester,omitempty"`
}

type zendeskComment struct {
	Body   string `json:"body"`
	Public bool   `json:"public"`
}

type zendeskRequester struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

type zendeskBody struct {
	Ticket zendeskTicket `json:"ticket"`
}

func (z *zendesk) send(ctx context.Context, d switchboard.Delivery) result {
	if d.Kind == switchboard.DeliverMessage {
		return z.message(ctx, d)
	}
	id, err := z.known(ctx, d)
	if err == nil && id == 0 {
		id, err = z.create(ctx, d)
	}
	return resultOf(err, switchboard.Acknowledgement{Ticket: strconv.FormatInt(id, 10)})
}

// known looks for the ticket of a try before: Zendesk keeps idempotency keys for hours, and a request may take a day.
func (z *zendesk) known(ctx context.Context, d switchboard.Delivery) (int64, error) {
	if d.Attempt <= 1 {
		return 0, nil
	}
	var found struct {
		Tickets []zendeskTicket `json:"tickets"`
	}
	err := z.api.do(ctx, http.MethodGet, "/api/v2/tickets.json?external_id="+url.QueryEscape(d.Request.Reference), nil, nil, &found, 200)
	for _, t := range found.Tickets {
		if t.ExternalID == d.Request.Reference {
			return t.ID, err
		}
	}
	return 0, err
}

func (z *zendesk) create(ctx context.Context, d switchboard.Delivery) (int64, error) {
	r := d.Request
	ticket := zendeskTicket{
		Subject: subject(r), Comment: &zendeskComment{Body: text(d)}, ExternalID: r.Reference, Priority: "normal",
		Tags: []string{"switchboard", string(r.Reason)},
	}
	if r.Urgency != "" {
		ticket.Priority = "urgent"
	}
	if mail := address(r.Contact); mail != "" {
		ticket.Requester = &zendeskRequester{Name: mail, Email: mail}
	}
	var made zendeskBody
	err := z.api.do(ctx, http.MethodPost, "/api/v2/tickets.json", map[string]string{"Idempotency-Key": r.Reference}, zendeskBody{ticket}, &made, 201)
	if err == nil && made.Ticket.ID == 0 {
		err = undocumented()
	}
	return made.Ticket.ID, err
}

// message adds a comment. Zendesk takes no key for those: where its answer is lost, the comment may stand there twice.
func (z *zendesk) message(ctx context.Context, d switchboard.Delivery) result {
	id, err := strconv.ParseInt(d.Request.Ticket, 10, 64)
	if err != nil {
		return result{refused: true, reason: "the ticket is not known"}
	}
	body := zendeskBody{zendeskTicket{Comment: &zendeskComment{Body: text(d), Public: true}}}
	return resultOf(z.api.do(ctx, http.MethodPut, "/api/v2/tickets/"+strconv.FormatInt(id, 10)+".json", nil, body, nil, 200), switchboard.Acknowledgement{})
}
