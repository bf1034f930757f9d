package embedtest

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
)

// Fault spoils one response. The zero value spoils nothing.
type Fault struct {
	status int
	header http.Header
	body   []byte    // instead of the answer
	edit   func(any) // of the answer
	cut    bool      // in the middle of the body
	hang   bool      // before the header
	repeat int       // how often the body is sent
}

// Embeddings is the stub's answer to a request for embeddings.
type Embeddings struct {
	Object string      `json:"object"`
	Model  string      `json:"model"`
	Data   []Embedding `json:"data"`
}

// Embedding is one vector: a list of numbers, or text in base64.
type Embedding struct {
	Object    string `json:"object"`
	Index     int    `json:"index"`
	Embedding any    `json:"embedding"`
}

// Reranked is the stub's answer to a request to rerank.
type Reranked struct {
	Results []Result `json:"results"`
}

// Result is the score of one text.
type Result struct {
	Index int     `json:"index"`
	Score float64 `json:"relevance_score"`
}

func (r *Reranked) sort() {
	slices.SortStableFunc(r.Results, func(a, b Result) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
}

// Fail answers with the status, and a body that quotes what must not be quoted.
func Fail(status int) Fault {
	return Fault{status: status, body: []byte(`{"error":{"message":"` + Secret + `","code":"stub"}}`)}
}

// Secret is in the bodies of errors and of garbage. It must not come out of a client.
const Secret = "stub-secret-words"

// After puts a Retry-After header of so many seconds.
func (f Fault) After(seconds int) Fault {
	f.header = http.Header{"Retry-After": {strconv.Itoa(seconds)}}
	return f
}

// Body answers 200 with the body.
func Body(body string) Fault { return Fault{body: []byte(body)} }

// HTML answers 200 with a page, as proxies do.
func HTML() Fault {
	return Fault{body: []byte("<html>" + Secret + "</html>"), header: http.Header{"Content-Type": {"text/html"}}}
}

// Edit changes the answer: a *Embeddings or a *Reranked.
func Edit[T any](change func(*T)) Fault {
	return Fault{edit: func(answer any) {
		if a, ok := answer.(*T); ok {
			change(a)
		}
	}}
}

// Cut breaks off in the middle of the answer.
func Cut() Fault { return Fault{cut: true} }

// Hang never answers, until the client leaves or the server closes.
func Hang() Fault { return Fault{hang: true} }

// Huge answers with some megabytes of JSON that do not end.
func Huge(megabytes int) Fault {
	return Fault{body: bytes.Repeat([]byte(`[[[[0.25,`), 1<<20/9), repeat: megabytes}
}

// play sends the response. answer makes the body of a good one, edited.
func (f Fault) play(w http.ResponseWriter, r *http.Request, stop <-chan struct{}, answer func(edit func(any)) []byte) {
	if f.hang {
		select {
		case <-stop:
		case <-r.Context().Done():
		}
		return
	}
	w.Header().Set("Content-Type", "application/json")
	for name, values := range f.header {
		w.Header()[name] = values
	}
	body := f.body
	if body == nil {
		body = answer(f.edit)
	}
	if f.cut {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		body = body[:len(body)/2]
	}
	if f.status != 0 {
		w.WriteHeader(f.status)
	}
	for range max(f.repeat, 1) {
		if _, err := w.Write(body); err != nil {
			return
		}
	}
	if f.cut {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}
