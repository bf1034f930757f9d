package evals

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"switchboard"
)

const (
	maxReply   = 4 << 20 // bytes of a reply that are read
	maxRetries = 5       // of a request that the gateway puts off
	maxPutOff  = time.Minute
)

// OverHTTP is a target over a gateway's HTTP API.
type OverHTTP struct {
	base   string
	key    string
	client *http.Client
	// IgnoreAsOf asks cases of another day as of today, which is all that a serving gateway can do. Otherwise they are
	// unsupported.
	IgnoreAsOf bool
}

// NewOverHTTP returns a target for the gateway at base, such as "https://chat.example.com". The key is a secret or
// publishable key, "" for a gateway that asks for none. The client's timeout bounds each request.
func NewOverHTTP(base, key string, client *http.Client) (*OverHTTP, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("target: want a URL such as http://127.0.0.1:8080, not %q", base)
	}
	return &OverHTTP{base: strings.TrimRight(u.String(), "/"), key: key, client: client}, nil
}

// Name is the gateway's URL, without a password that it may hold.
func (t *OverHTTP) Name() string {
	u, err := url.Parse(t.base)
	if err != nil {
		return t.base
	}
	return u.Redacted()
}

// Ask holds the conversation over HTTP. The passages found are not part of a reply there, so Record is nil.
func (t *OverHTTP) Ask(ctx context.Context, s Script) (Reply, error) {
	if len(s.Audiences) > 0 {
		return Reply{}, unsupported("audiences cannot be chosen over HTTP")
	}
	if !s.AsOf.IsZero() && !t.IgnoreAsOf && s.AsOf.UTC().Format(time.DateOnly) != time.Now().UTC().Format(time.DateOnly) {
		return Reply{}, unsupported("over HTTP a question is asked as of today")
	}
	var opened struct{ ID, Token string }
	opening := struct {
		Locale string `json:"locale,omitempty"`
	}{s.Locale}
	if err := t.post(ctx, "/v1/conversations", t.key, opening, &opened); err != nil {
		return Reply{}, fmt.Errorf("open conversation: %w", err)
	}
	var r Reply
	for i, text := range s.Messages {
		message := struct {
			Text string `json:"text"`
		}{text}
		began := time.Now()
		r.Answer = switchboard.Answer{}
		path := "/v1/conversations/" + url.PathEscape(opened.ID) + "/messages"
		if err := t.post(ctx, path, opened.Token, message, &r.Answer); err != nil {
			return Reply{}, fmt.Errorf("message %d: %w", i+1, err)
		}
		r.Elapsed = time.Since(began)
	}
	return r, nil
}

// post sends a request, again for as long as the gateway asks to come back later.
func (t *OverHTTP) post(ctx context.Context, path, bearer string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	for try := 0; ; try++ {
		wait, err := t.once(ctx, path, bearer, body, out)
		if err == nil || wait == 0 || try == maxRetries {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(wait, maxPutOff)):
		}
	}
}

// once sends a request. Where the gateway asks to come back later, it says when.
func (t *OverHTTP) once(ctx context.Context, path, bearer string, body []byte, out any) (later time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := t.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	reply, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return 0, err
	}
	if resp.StatusCode >= 300 {
		var problem struct{ Code, Detail string }
		_ = json.Unmarshal(reply, &problem) // what is no problem document still has a status
		if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
			seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
			later = time.Duration(max(seconds, 1)) * time.Second
		}
		return later, fmt.Errorf("status %d %s: %s", resp.StatusCode, problem.Code, problem.Detail)
	}
	if err := json.Unmarshal(reply, out); err != nil {
		return 0, fmt.Errorf("not a reply of the gateway: %w", err)
	}
	return 0, nil
}
