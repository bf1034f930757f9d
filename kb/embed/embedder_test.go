package embed

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/kb/embed/embedtest"
)

func TestDocuments(t *testing.T) {
	for _, base64 := range []bool{false, true} {
		t.Run(fmt.Sprintf("base64 %v", base64), func(t *testing.T) {
			srv, e := newStub(t, func(c *Config) { c.Base64, c.BatchTexts, c.Parallel = base64, 3, 2 })
			texts := []string{"roaming in Spain", "SIM cards", "billing", "an eSIM", "opening hours", "number porting", "data"}
			vectors, err := e.Documents(t.Context(), texts)
			if err != nil {
				t.Fatal(err)
			}
			for i, text := range texts {
				if !near(vectors[i], embedtest.Vector(text, dims)) {
					t.Errorf("%q got the vector of another", text)
				}
			}
			calls := srv.Calls()
			if len(calls) != 3 || calls[0].Key != "stub-key" || calls[0].Model != "stub" || calls[0].Dimensions != 0 {
				t.Errorf("%+v", calls)
			}
		})
	}
}

func TestNoTexts(t *testing.T) {
	srv, e := newStub(t, nil)
	if vectors, err := e.Documents(t.Context(), nil); err != nil || len(vectors) != 0 || len(srv.Calls()) != 0 {
		t.Errorf("%v, %v, %d calls", vectors, err, len(srv.Calls()))
	}
	for _, text := range []string{"", " \n"} {
		_, err := e.Query(t.Context(), text)
		wantError(t, err, BadText, "text 0 is empty")
	}
}

func TestPrefixesAndLimits(t *testing.T) {
	srv, e := newStub(t, func(c *Config) {
		c.QueryPrefix, c.DocumentPrefix, c.MaxTextBytes, c.Dimensions = "query: ", "passage: ", 20, 8
	})
	v, err := e.Query(t.Context(), "how much is €€€€")
	if err != nil || len(v) != 8 {
		t.Fatalf("%v, %v", v, err)
	}
	if _, err := e.Documents(t.Context(), []string{"10 euros"}); err != nil {
		t.Fatal(err)
	}
	calls := srv.Calls()
	if got := calls[0]; got.Input[0] != "query: how much is " || got.Dimensions != 8 { // the sign would be cut in two
		t.Errorf("%+v", got)
	}
	if got := calls[1].Input[0]; got != "passage: 10 euros" {
		t.Errorf("%q", got)
	}
}

func TestVectorsAreOneLong(t *testing.T) {
	srv, e := newStub(t, nil)
	srv.Queue(embedtest.Edit(func(a *embedtest.Embeddings) {
		a.Data[0].Embedding = slices.Concat([]float32{300, 400}, make([]float32, dims-2))
	}))
	v, err := e.Query(t.Context(), "x")
	if err != nil || math.Abs(float64(v[0])-0.6) > 1e-7 || math.Abs(float64(v[1])-0.8) > 1e-7 {
		t.Errorf("%v, %v", v, err)
	}
}

func TestBatchLen(t *testing.T) {
	for _, c := range []struct {
		texts []string
		want  int
	}{
		{[]string{"1"}, 1},
		{[]string{"1", "2", "3", "4"}, 3},              // 3 texts
		{[]string{"12345", "12345", "1"}, 2},           // 10 bytes
		{[]string{"123456", "12345"}, 1},               // more than 10
		{[]string{strings.Repeat("x", 50), "1"}, 1},    // alone, whatever its size
		{[]string{"", "", "12345678901", "1", "2"}, 2}, // the next would be too much
	} {
		if got := batchLen(c.texts, 3, 10); got != c.want {
			t.Errorf("%q: %d, want %d", c.texts, got, c.want)
		}
	}
}

// edit spoils the vectors of a good answer.
func edit(change func(a *embedtest.Embeddings)) embedtest.Fault { return embedtest.Edit(change) }

func vector(first any) []any {
	v := make([]any, dims)
	for i := range v {
		v[i] = 0
	}
	v[0] = first
	return v
}

// TestFaults: each is an error once the attempts are used up, and nothing if it passes.
func TestFaults(t *testing.T) {
	type answer = embedtest.Embeddings
	for _, c := range []struct {
		name  string
		fault embedtest.Fault
		class Class
		part  string
	}{
		{"rate limit", embedtest.Fail(429), RateLimited, "status 429"},
		{"failing", embedtest.Fail(503), ServerError, "status 503"},
		{"no JSON", embedtest.Body("{" + embedtest.Secret), Garbage, "no valid JSON"},
		{"a page", embedtest.HTML(), Garbage, "not JSON"},
		{"another shape", embedtest.Body(`{"data":"` + embedtest.Secret + `"}`), Garbage, "another shape"},
		{"an empty body", embedtest.Body(""), Garbage, "cut off"},
		{"an empty object", embedtest.Body("{}"), Garbage, "0 vectors, not 2"},
		{"cut off", embedtest.Cut(), Garbage, "cut off"},
		{"huge", embedtest.Huge(maxVectors>>20 + 1), Garbage, "more than"},
		{"one too few", edit(func(a *answer) { a.Data = a.Data[1:] }), Garbage, "1 vectors, not 2"},
		{"one too many", edit(func(a *answer) { a.Data = append(a.Data, a.Data[0]) }), Garbage, "3 vectors, not 2"},
		{"an index twice", edit(func(a *answer) { a.Data[0].Index = a.Data[1].Index }), Garbage, "indices"},
		{"an index beyond", edit(func(a *answer) { a.Data[0].Index = 2 }), Garbage, "indices"},
		{"an index below", edit(func(a *answer) { a.Data[0].Index = -1 }), Garbage, "indices"},
		{"null for a number", edit(func(a *answer) { a.Data[1].Embedding = vector(nil) }), Garbage, "null"},
		{"null for a vector", embedtest.Body(`{"data":[ null, {"index":1}]}`), Garbage, "null"},
		{"zeros", edit(func(a *answer) { a.Data[1].Embedding = vector(0) }), Garbage, "no direction"},
		{"beyond a float32", edit(func(a *answer) { a.Data[1].Embedding = vector(1e39) }), Garbage, "another shape"},
		{"words for numbers", edit(func(a *answer) { a.Data[1].Embedding = vector(embedtest.Secret) }), Garbage, "another shape"},
		{"no dimensions", edit(func(a *answer) { a.Data[1].Embedding = []float32{} }), Garbage, "0 dimensions"},
		{"another dimension", edit(func(a *answer) { a.Data[1].Embedding = vector(1)[1:] }), Garbage, "31 dimensions, not 32"},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv, e := newStub(t, func(c *Config) { c.Attempts = 2 })
			if _, err := e.Query(t.Context(), "the first says what dimensions there are"); err != nil {
				t.Fatal(err)
			}
			texts := []string{"confidential one", "confidential two"}
			srv.Queue(c.fault, c.fault)
			vectors, err := e.Documents(t.Context(), texts)
			wantError(t, err, c.class, c.part)
			if vectors != nil {
				t.Error("there are vectors all the same")
			}
			srv.Queue(c.fault)
			vectors, err = e.Documents(t.Context(), texts)
			if err != nil || !near(vectors[1], embedtest.Vector(texts[1], dims)) {
				t.Errorf("after one fault: %v", err)
			}
			if n := len(srv.Calls()); n != 5 {
				t.Errorf("%d calls", n)
			}
		})
	}
}

// TestBase64Faults: what JSON cannot say, base64 can.
func TestBase64Faults(t *testing.T) {
	for _, c := range []struct{ name, value, part string }{
		{"NaN", strings.Repeat("AADAfwAAwH8AAMB/", 10) + "AADAfwAAwH8=", "no direction"},
		{"infinite", strings.Repeat("AACAfwAAgH8AAIB/", 10) + "AACAfwAAgH8=", "no direction"},
		{"no base64", "*" + embedtest.Secret, "another shape"},
		{"not whole numbers", "AAA=", "0 dimensions"},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv, e := newStub(t, func(c *Config) { c.Base64, c.Attempts = true, 1 })
			srv.Queue(embedtest.Edit(func(a *embedtest.Embeddings) { a.Data[0].Embedding = c.value }))
			_, err := e.Query(t.Context(), "confidential")
			wantError(t, err, Garbage, c.part)
		})
	}
	srv, e := newStub(t, func(c *Config) { c.Base64, c.Attempts = true, 1 })
	srv.Queue(embedtest.Edit(func(a *embedtest.Embeddings) { a.Data[0].Embedding = vector(1) }))
	_, err := e.Query(t.Context(), "an upstream that knows no base64")
	wantError(t, err, Garbage, "another shape")
}

func TestNotAgain(t *testing.T) {
	for _, status := range []int{301, 400, 401, 403, 404, 413} {
		srv, e := newStub(t, nil)
		srv.Queue(embedtest.Fail(status))
		_, err := e.Query(t.Context(), "confidential")
		wantError(t, err, Refused, fmt.Sprint("status ", status))
		if n := len(srv.Calls()); n != 1 {
			t.Errorf("status %d: %d calls", status, n)
		}
	}
}

// TestDimensionsInTheMiddle: the second batch has another dimension than the first.
func TestDimensionsInTheMiddle(t *testing.T) {
	srv, e := newStub(t, func(c *Config) { c.BatchTexts, c.Parallel, c.Attempts = 1, 1, 1 })
	srv.Queue(embedtest.Fault{}, embedtest.Edit(func(a *embedtest.Embeddings) { a.Data[0].Embedding = []float32{1, 2} }))
	_, err := e.Documents(t.Context(), []string{"one", "two", "three"})
	wantError(t, err, Garbage, "2 dimensions, not 32")
	if n := len(srv.Calls()); n != 2 {
		t.Errorf("%d calls: it went on after the error", n)
	}
}

func TestAskedDimensions(t *testing.T) {
	srv, e := newStub(t, func(c *Config) { c.Dimensions, c.Attempts = 8, 1 })
	srv.Queue(embedtest.Edit(func(a *embedtest.Embeddings) { a.Data[0].Embedding = vector(1) }))
	_, err := e.Query(t.Context(), "an upstream that does not know the option")
	wantError(t, err, Garbage, "32 dimensions, not 8")
}

func TestTimeouts(t *testing.T) {
	srv, e := newStub(t, func(c *Config) { c.Timeout, c.Attempts = time.Second, 2 })
	srv.Queue(embedtest.Hang())
	if _, err := e.Query(t.Context(), "again after the first took too long"); err != nil {
		t.Error(err)
	}
	srv, e = newStub(t, func(c *Config) { c.Timeout, c.Attempts = 20*time.Millisecond, 2 })
	srv.Queue(embedtest.Hang(), embedtest.Hang())
	_, err := e.Query(t.Context(), "confidential")
	wantError(t, err, Timeout, "")

	srv, e = newStub(t, nil)
	srv.Queue(embedtest.Hang())
	_, err = e.Query(within(t, 50*time.Millisecond), "confidential")
	wantError(t, err, Timeout, "deadline")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error("it does not say that it was the caller's deadline")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = e.Documents(ctx, []string{"confidential"})
	wantError(t, err, Cancelled, "")
}

func TestRetryAfter(t *testing.T) {
	srv, e := newStub(t, nil)
	begun := time.Now()
	srv.Queue(embedtest.Fail(429).After(1))
	if _, err := e.Query(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took < time.Second {
		t.Errorf("it came back after %s", took)
	}
	srv.Queue(embedtest.Fail(429).After(600))
	begun = time.Now()
	_, err := e.Query(within(t, time.Minute), "x")
	wantError(t, err, RateLimited, "")
	if took := time.Since(begun); took > 30*time.Second {
		t.Errorf("it waited %s for nothing", took)
	}
	var own *Error
	if errors.As(err, &own); own.RetryAfter != 10*time.Minute {
		t.Errorf("retry after %s", own.RetryAfter)
	}
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	e, err := New(Config{BaseURL: "http://" + l.Addr().String(), APIKey: "stub-key", Model: "m", Attempts: 2})
	if err != nil {
		t.Fatal(err)
	}
	e.up.pause = time.Millisecond
	_, err = e.Query(t.Context(), "confidential")
	wantError(t, err, Connect, "refused")
}

func TestCheck(t *testing.T) {
	good := Config{BaseURL: "https://host/v1", Model: "m"}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.BaseURL = "host/v1" }, "base_url"},
		{func(c *Config) { c.BaseURL = "file:///etc" }, "base_url"},
		{func(c *Config) { c.Model = "" }, "model is missing"},
		{func(c *Config) { c.Parallel = -1 }, "negative"},
		{func(c *Config) { c.Dimensions = maxDimensions + 1 }, "dimensions"},
		{func(c *Config) { c.QueryPrefix = strings.Repeat("x", DefaultMaxTextBytes) }, "prefix"},
	} {
		bad := good
		c.change(&bad)
		if _, err := New(bad); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", bad, err, c.want)
		}
	}
}

func TestFingerprint(t *testing.T) {
	base := Config{BaseURL: "https://host/v1", Model: "m"}
	const want = "bbfa63232d" // it is in snapshots' identities: it may not change by accident
	if got := base.Fingerprint(); !strings.HasPrefix(got, want) || len(got) != 64 {
		t.Errorf("got %s, want %s…", got, want)
	}
	for _, same := range []Config{
		{BaseURL: "https://HOST/v1/", Model: "m"},
		{BaseURL: "http://user:secret@host/v1?x=y", Model: "m", APIKey: "k", Timeout: time.Hour, BatchTexts: 5, Base64: true},
	} {
		if same.Fingerprint() != base.Fingerprint() {
			t.Errorf("%+v has another fingerprint", same)
		}
	}
	seen := map[string]bool{base.Fingerprint(): true}
	for i, other := range []Config{
		{BaseURL: "https://host:8080/v1", Model: "m"},
		{BaseURL: "https://host/v2", Model: "m"},
		{BaseURL: "https://host/v1", Model: "n"},
		{BaseURL: "https://host/v1", Model: "m", Dimensions: 8},
		{BaseURL: "https://host/v1", Model: "m", QueryPrefix: "x"},
		{BaseURL: "https://host/v1", Model: "m", DocumentPrefix: "x"},
		{BaseURL: "https://host/v1", Model: "m", MaxTextBytes: 100},
	} {
		if f := other.Fingerprint(); seen[f] {
			t.Errorf("%d has the fingerprint of another", i)
		} else {
			seen[f] = true
		}
	}
}
