package handoff

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"switchboard"
)

// Slack is an incoming webhook of Slack, or of what speaks like it. Slack knows no idempotency keys: where its answer is
// lost, the message stands there twice, under one reference. It does better as a notice than as the primary system.
type Slack struct {
	URL string // is a secret itself
}

type slack struct {
	url    string
	client *http.Client
	now    func() time.Time
}

func newSlack(c Config, s Slack) (*slack, error) {
	if err := checkURL("slack", s.URL); err != nil {
		return nil, err
	}
	return &slack{url: s.URL, client: bounded(c.Client), now: c.Now}, nil
}

type slackMessage struct {
	Text   string       `json:"text"` // of notifications
	Blocks []slackBlock `json:"blocks"`
}

type slackBlock struct {
	Type string    `json:"type"`
	Text slackText `json:"text"`
}

type slackText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// What Slack takes at most in a header and in a section, in characters.
const (
	slackHeader  = 150
	slackSection = 3000
)

func (s *slack) send(ctx context.Context, d switchboard.Delivery) result {
	title := subject(d.Request)
	if d.Kind == switchboard.DeliverMessage {
		title = "Customer writes: " + d.Request.Reference
	}
	body, err := json.Marshal(slackMessage{Text: escapeSlack(title), Blocks: []slackBlock{
		{"header", slackText{"plain_text", cutRunes(title, slackHeader)}},
		{"section", slackText{"mrkdwn", cutRunes(escapeSlack(text(d)), slackSection)}},
	}})
	if err != nil {
		return result{refused: true, reason: "the request cannot be made"}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return result{refused: true, reason: "the request cannot be made"}
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.client.Do(req)
	if err != nil {
		return result{reason: failure(ctx, err)}
	}
	defer resp.Body.Close() //nolint:errcheck // it is only read
	said, err := io.ReadAll(io.LimitReader(resp.Body, most))
	r := judge(resp, s.now())
	if r.accepted && (err != nil || strings.TrimSpace(string(said)) != "ok") {
		r.accepted, r.reason = false, "the answer is not as documented"
	}
	return r
}

// escapeSlack keeps a customer's words from mentioning anybody or linking anywhere.
func escapeSlack(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

func cutRunes(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)[:n-1]
	// half an escape is none
	if cut := strings.LastIndexByte(string(r), '&'); cut >= 0 && !strings.Contains(string(r)[cut:], ";") {
		return string(r)[:cut] + "…"
	}
	return string(r) + "…"
}
