package embed

import (
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/kb/embed/embedtest"
)

func newReranker(t *testing.T) (*embedtest.Server, *Reranker) {
	t.Helper()
	srv := embedtest.NewServer(dims)
	r, err := NewReranker(RerankConfig{BaseURL: srv.URL + "/", APIKey: "stub-key", Model: "stub", MaxTextBytes: 40, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	r.up.pause = time.Millisecond
	t.Cleanup(func() { r.Close(); srv.Close() })
	return srv, r
}

var passages = []string{
	"confidential opening hours", "roaming in Spain is free", "confidential billing", "roaming elsewhere costs " + strings.Repeat("much ", 50),
}

func TestRerank(t *testing.T) {
	srv, r := newReranker(t)
	ranked, err := r.Rerank(t.Context(), "roaming in Spain", passages, 2)
	if err != nil || len(ranked) != 2 || ranked[0].Index != 1 || ranked[1].Index != 3 || ranked[0].Score <= ranked[1].Score {
		t.Errorf("%+v, %v", ranked, err)
	}
	c := srv.Calls()[0]
	if c.Path != "/v1/rerank" || c.Key != "stub-key" || c.Model != "stub" || c.TopN != 2 || c.Query != "roaming in Spain" ||
		c.Documents[1] != passages[1] || len(c.Documents[3]) != 40 {
		t.Errorf("%+v", c)
	}
	if ranked, err := r.Rerank(t.Context(), "x", nil, 5); err != nil || len(ranked) != 0 || len(srv.Calls()) != 1 {
		t.Errorf("nothing to order: %v, %v", ranked, err)
	}
	if ranked, err := r.Rerank(t.Context(), "x", passages, 100); err != nil || len(ranked) != 4 {
		t.Errorf("all: %v, %v", ranked, err)
	}
	_, err = r.Rerank(t.Context(), " ", passages, 1)
	wantError(t, err, BadText, "empty")
}

// TestRerankTies: equal scores stay in their order, and a server that does not know top_n is understood.
func TestRerankTies(t *testing.T) {
	srv, r := newReranker(t)
	srv.Queue(embedtest.Body(`{"results":[{"index":3,"relevance_score":0.5},{"index":0,"relevance_score":-1},` +
		`{"index":2,"relevance_score":0.5},{"index":1,"relevance_score":0.5}]}`))
	ranked, err := r.Rerank(t.Context(), "x", passages, 3)
	if want := []Ranked{{1, 0.5}, {2, 0.5}, {3, 0.5}}; err != nil || !slices.Equal(ranked, want) {
		t.Errorf("%v, %v", ranked, err)
	}
}

func TestRerankFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault embedtest.Fault
		class Class
		part  string
	}{
		{"refused", embedtest.Fail(401), Refused, "401"},
		{"rate limit", embedtest.Fail(429), RateLimited, "429"},
		{"failing", embedtest.Fail(500), ServerError, "500"},
		{"no JSON", embedtest.Body("<" + embedtest.Secret), Garbage, "no valid JSON"},
		{"another shape", embedtest.Body(`["` + embedtest.Secret + `"]`), Garbage, "another shape"},
		{"cut off", embedtest.Cut(), Garbage, "cut off"},
		{"huge", embedtest.Huge(2), Garbage, "more than"},
		{"too few", embedtest.Body(`{"results":[{"index":0,"relevance_score":1}]}`), Garbage, "1 results, not 2"},
		{"too many", embedtest.Body(`{"results":[{},{},{},{},{}]}`), Garbage, "5 results"},
		{"no index", embedtest.Body(`{"results":[{"relevance_score":1},{"relevance_score":1}]}`), Garbage, "indices"},
		{"an index twice", embedtest.Body(`{"results":[{"index":1,"relevance_score":1},{"index":1,"relevance_score":1}]}`), Garbage, "indices"},
		{"an index beyond", embedtest.Body(`{"results":[{"index":1,"relevance_score":1},{"index":4,"relevance_score":1}]}`), Garbage, "indices"},
		{"no score", embedtest.Body(`{"results":[{"index":1,"relevance_score":1},{"index":2,"relevance_score":null}]}`), Garbage, "no score"},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv, r := newReranker(t)
			srv.Queue(c.fault, c.fault)
			ranked, err := r.Rerank(t.Context(), "confidential", passages, 2)
			wantError(t, err, c.class, c.part)
			if ranked != nil {
				t.Error("there is an order all the same")
			}
		})
	}
	srv, r := newReranker(t)
	srv.Queue(embedtest.Hang())
	_, err := r.Rerank(within(t, 50*time.Millisecond), "confidential", passages, 2)
	wantError(t, err, Timeout, "")
}

func TestRerankCheck(t *testing.T) {
	for _, c := range []RerankConfig{{BaseURL: "x", Model: "m"}, {BaseURL: "http://x"}, {BaseURL: "http://x", Model: "m", Attempts: -1}} {
		if r, err := NewReranker(c); err == nil {
			t.Errorf("%+v made %v", c, r)
		}
	}
}
