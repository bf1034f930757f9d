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
	"net/url"
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
	short  bool // the secret is
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

func newHook(w Webhook, client *http.Client, now func() time.Time) (*hook, error) {
	u, err := url.Parse(w.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("handoff webhook: the URL must be http:// or https:// with a host")
	}
	key, err := signingKey(w.Secret)
	if err != nil {
		return nil, err
	}
	signer, err := webhooks.NewWebhookRaw(key)
	if err != nil {
		return nil, errors.New("handoff webhook: the secret cannot be used")
	}
	if client == nil {
		client = &http.Client{Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: timeout,
			MaxResponseHeaderBytes: most, MaxIdleConnsPerHost: atOnce, IdleConnTimeout: time.Minute,
		}}
	}
	// A redirect would take the customer's words to an address that nobody configured.
	bounded := *client
	bounded.Timeout = timeout
	bounded.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &hook{url: w.URL, signer: signer, short: len(key) < 24, client: &bounded, now: now}, nil
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
}

// result is what became of a try. Reason is for logs and staff: it holds neither the other side's words nor the URL.
type result struct {
	accepted  bool
	refused   bool // for good
	notBefore time.Duration
	reason    string
}

// send makes one try.
func (h *hook) send(ctx context.Context, r switchboard.HandoffRequest) result {
	req, err := h.request(ctx, r)
	if err != nil {
		return result{refused: true, reason: "the request cannot be made"}
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return result{reason: failure(ctx, err)}
	}
	defer resp.Body.Close() //nolint:errcheck // it is only read
	// What is left unread closes the connection; an answer of the usual size keeps it for the next request.
	_, _ = io.CopyN(io.Discard, resp.Body, most)
	return judge(resp, h.now())
}

func (h *hook) request(ctx context.Context, r switchboard.HandoffRequest) (*http.Request, error) {
	p := payload{Type: eventType, Timestamp: r.CreatedAt.UTC(), Data: data{
		Reference: r.Reference, ConversationID: r.ConversationID, Reason: r.Reason, Locale: r.Locale,
		Contact: r.Contact, Note: r.Note, Summary: r.Summary, Transcript: r.Transcript,
	}}
	if p.Data.Transcript == nil {
		p.Data.Transcript = []switchboard.Line{}
	}
	body, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	now := h.now()
	signature, err := h.signer.Sign(r.Reference, now, body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "switchboard")
	req.Header.Set(webhooks.HeaderWebhookID, r.Reference)
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
