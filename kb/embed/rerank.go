package embed

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

// What a reranker's configuration means that does not say. It works while a customer waits.
const (
	DefaultRerankTimeout  = 2 * time.Second
	DefaultRerankAttempts = 2
)

// RerankConfig describes an upstream that orders texts by how well they answer a question.
type RerankConfig struct {
	BaseURL string // requests go to its /rerank
	APIKey  string // "" sends none
	Model   string // as the upstream calls it

	Timeout      time.Duration // of one request, the response included; 0 is 2 s
	Attempts     int           // how often a request is made before it has failed; 0 is 2
	MaxTextBytes int           // how much of one text is sent; 0 is 8 KiB
}

// Check returns everything that is wrong with the configuration, nil if nothing is.
func (c RerankConfig) Check() error {
	err := checkUpstream(c.BaseURL, c.Model)
	if c.Timeout < 0 || c.Attempts < 0 || c.MaxTextBytes < 0 {
		err = errors.Join(err, errors.New("a limit is negative"))
	}
	return err
}

// Ranked is a text by its place among those asked about.
type Ranked struct {
	Index int
	Score float64 // greater is better; its range is the model's own
}

// Reranker orders texts by how well they answer a question. It is safe for concurrent use.
type Reranker struct {
	cfg RerankConfig
	url string
	up  *upstream
}

// NewReranker returns the reranker, or everything that is wrong with its configuration. It connects to nothing. The
// caller closes it.
func NewReranker(c RerankConfig) (*Reranker, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("rerank: %w", err)
	}
	c.MaxTextBytes = cmp.Or(c.MaxTextBytes, DefaultMaxTextBytes)
	return &Reranker{
		cfg: c, url: strings.TrimRight(c.BaseURL, "/") + "/rerank",
		up: newUpstream(cmp.Or(c.Timeout, DefaultRerankTimeout), cmp.Or(c.Attempts, DefaultRerankAttempts), maxScores),
	}, nil
}

// Close closes idle connections. Calls under way go on.
func (r *Reranker) Close() { r.up.close() }

type rerankRequest struct {
	Model     string   `json:"model"`
	Query     string   `json:"query"`
	Documents []string `json:"documents"`
	TopN      int      `json:"top_n"`
}

type rerankResponse struct {
	Results []struct {
		Index *int     `json:"index"`
		Score *float64 `json:"relevance_score"`
	} `json:"results"`
}

// Rerank returns the n best of texts, best first, equal scores in their order. An error is an [*Error]; then there is
// no order, and the caller's own stands.
func (r *Reranker) Rerank(ctx context.Context, query string, texts []string, n int) ([]Ranked, error) {
	n = min(n, len(texts))
	if n <= 0 {
		return nil, nil
	}
	if strings.TrimSpace(query) == "" {
		return nil, &Error{Class: BadText, Reason: "the question is empty"}
	}
	req := rerankRequest{Model: r.cfg.Model, Query: cutAt(query, r.cfg.MaxTextBytes), Documents: make([]string, len(texts)), TopN: n}
	for i, t := range texts {
		req.Documents[i] = cutAt(t, r.cfg.MaxTextBytes)
	}
	body, err := json.Marshal(req)
	if err != nil { // strings and a number: JSON cannot fail on them
		return nil, fmt.Errorf("rerank: %w", err)
	}
	var ranked []Ranked
	err = r.up.try(ctx, func(ctx context.Context) (err error) {
		ranked, err = r.once(ctx, body, len(texts), n)
		return err
	})
	return ranked, err
}

func (r *Reranker) once(ctx context.Context, body []byte, texts, n int) ([]Ranked, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	if r.cfg.APIKey != "" {
		req.Header.Set("Authorization", "Bearer "+r.cfg.APIKey)
	}
	resp, err := r.up.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var out rerankResponse
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		return nil, undecodable(err)
	}
	return out.ranked(texts, n)
}

// ranked checks the results. Servers that do not know top_n send all; none may send fewer than were asked for.
func (out rerankResponse) ranked(texts, n int) ([]Ranked, error) {
	if len(out.Results) < n || len(out.Results) > texts {
		return nil, garbage("it has %d results, not %d", len(out.Results), n)
	}
	ranked := make([]Ranked, len(out.Results))
	seen := make([]bool, texts)
	for i, r := range out.Results {
		if r.Index == nil || *r.Index < 0 || *r.Index >= texts || seen[*r.Index] {
			return nil, garbage("its indices are not those of the texts")
		}
		if r.Score == nil || math.IsInf(*r.Score, 0) || math.IsNaN(*r.Score) {
			return nil, garbage("a result has no score")
		}
		seen[*r.Index] = true
		ranked[i] = Ranked{*r.Index, *r.Score}
	}
	slices.SortFunc(ranked, func(a, b Ranked) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Index, b.Index))
	})
	return ranked[:n], nil
}

// undecodable turns a decoder's error, which may quote what came, into one that does not.
func undecodable(err error) error {
	var syntax *json.SyntaxError
	var shape *json.UnmarshalTypeError
	var corrupt base64.CorruptInputError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return garbage("it was cut off")
	case errors.As(err, &syntax):
		return garbage("it is no valid JSON")
	case errors.As(err, &shape), errors.As(err, &corrupt):
		return garbage("it has another shape")
	}
	return err
}
