package handoff

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"switchboard"
)

const (
	eventType = "handoff.requested"
	// most bounds what is read of an answer's header and of its body, which nobody looks at.
	most = 64 << 10
	// longestWait bounds what the other side's Retry-After may ask for.
	longestWait = time.Hour
)

// hook is the other side.
type hook struct {
	url    string
	signer *webhooks.Webhook
	client *http.Client
	now    func() time.Time
}

// signingKey reads a secret as Standard Webhooks writes it, in base64 behind "whsec_". One that is not base64, and has
// no such prefix, signs as the bytes that it is: receivers with a plain shared secret exist.
func signingKey(secret string) ([]byte, error) {
	encoded, marked := strings.CutPrefix(secret, "whsec_")
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil && !marked {
		key, err = []byte(secret), nil
	}
	if err != nil || len(key) == 0 {
		return nil, errors.New("handoff webhook: the secret must be base64, as made by: " +
			`echo "whsec_$(openssl rand -base64 32)"`)
	}
	return key, nil
}

func newHook(c Config, w Webhook) (*hook, error) {
	if err := checkURL("webhook", w.URL); err != nil {
		return nil, err
	}
	key, err := signingKey(w.Secret)
	if err != nil {
		return nil, err
	}
	signer, err := webhooks.NewWebhookRaw(key)
	if err != nil {
		return nil, errors.New("handoff webhook: the secret cannot be used")
	}
	if len(key) < 24 {
		c.Log.Warn("the handoff webhook's secret is short: 24 random bytes or more are advised")
	}
	return &hook{url: w.URL, signer: signer, client: bounded(c.Client), now: c.Now}, nil
}

// payload is the body of the webhook.
type payload struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"` // of the request for a human, not of the try
	Data      data      `json:"data"`
}

type data struct {
	Reference      string             `json:"reference"`
	ConversationID string             `json:"conversation_id"`
	Reason         switchboard.Reason `json:"reason"`
	Locale         string             `json:"locale"`
	Contact        string             `json:"contact"`
	Note           switchboard.Masked `json:"note"`
	Summary        string             `json:"summary"`
	Transcript     []switchboard.Line `json:"transcript"`
	Priority       string             `json:"priority"` // urgent or normal
	Urgency        string             `json:"urgency,omitempty"`
	Ticket         string             `json:"ticket,omitempty"` // what the receiver called it
}

// send makes one try.
func (h *hook) send(ctx context.Context, d switchboard.Delivery) result {
	req, err := h.request(ctx, d)
	if err != nil {
		return result{refused: true, reason: "the request cannot be made"}
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return result{reason: failure(ctx, err)}
	}
	defer resp.Body.Close() //nolint:errcheck // it is only read
	body, _ := io.ReadAll(io.LimitReader(resp.Body, most))
	r := judge(resp, h.now())
	if r.accepted {
		r.ack = told(body)
	}
	return r
}

// told reads what an acknowledgement may say. An answer that says nothing of the kind is as good.
func told(body []byte) switchboard.Acknowledgement {
	var in struct {
		Ticket        string `json:"ticket"`
		QueuePosition int    `json:"queue_position"`
		ETASeconds    int    `json:"eta_seconds"`
	}
	if json.Unmarshal(body, &in) != nil || len(in.Ticket) > 200 {
		return switchboard.Acknowledgement{}
	}
	return switchboard.Acknowledgement{
		Ticket: in.Ticket, QueuePosition: between(in.QueuePosition, 0, maxQueue), ETA: time.Duration(between(in.ETASeconds, 0, maxETA)) * time.Second,
	}
}

// What a queue may be told to be: more is no help to anybody.
const (
	maxQueue = 100_000
	maxETA   = 7 * 24 * 3600
)

func between(n, low, high int) int { return min(max(n, low), high) }

// types are the words for what is delivered.
var types = map[switchboard.DeliveryKind]string{
	switchboard.DeliverRequest: eventType, switchboard.DeliverNotice: eventType, switchboard.DeliverMessage: "handoff.message",
}

func (h *hook) request(ctx context.Context, d switchboard.Delivery) (*http.Request, error) {
	r := d.Request
	p := payload{Type: types[d.Kind], Timestamp: r.CreatedAt.UTC(), Data: data{
		Reference: r.Reference, ConversationID: r.ConversationID, Reason: r.Reason, Locale: r.Locale,
		Contact: r.Contact, Note: r.Note, Summary: r.Summary, Transcript: r.Transcript,
		Priority: "normal", Urgency: r.Urgency, Ticket: r.Ticket,
	}}
	if r.Urgency != "" {
		p.Data.Priority = "urgent"
	}
	if p.Data.Transcript == nil {
		p.Data.Transcript = []switchboard.Line{}
	}
	body, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	now := h.now()
	signature, err := h.signer.Sign(d.ID, now, body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "switchboard")
	req.Header.Set(webhooks.HeaderWebhookID, d.ID)
	req.Header.Set(webhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	req.Header.Set(webhooks.HeaderWebhookSignature, signature)
	return req, nil
}

// judge reads an answer by the Standard Webhooks rules: 2xx has it, 410 and other 4xx never want it, the rest may want
// it later. A redirect is not followed: whoever moved the address has to say so in the configuration.
func judge(resp *http.Response, now time.Time) result {
	r := result{reason: fmt.Sprintf("status %d", resp.StatusCode)}
	switch s := resp.StatusCode; {
	case s >= 200 && s < 300:
		r.accepted = true
	case s == http.StatusRequestTimeout, s == http.StatusTooManyRequests, s >= 500:
		r.notBefore = wait(resp.Header.Get("Retry-After"), now)
	case s >= 400:
		r.refused = true
	}
	return r
}

// wait reads a Retry-After header: seconds or a date. What cannot be read is no wait.
func wait(header string, now time.Time) time.Duration {
	seconds, err := strconv.ParseInt(header, 10, 32)
	d := time.Duration(seconds) * time.Second
	if err != nil {
		at, err := http.ParseTime(header)
		if err != nil {
			return 0
		}
		d = at.Sub(now)
	}
	return min(max(d, 0), longestWait)
}

// failure names the class of a failure to connect. The error's own words repeat the URL, which may hold a key.
func failure(ctx context.Context, err error) string {
	var timedOut interface{ Timeout() bool }
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return "interrupted"
	case errors.As(err, &timedOut) && timedOut.Timeout():
		return "timeout"
	default:
		return "no connection"
	}
}
