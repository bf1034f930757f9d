package embedtest

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// Call is one request as it came.
type Call struct {
	Path       string // "/v1/embeddings", "/v1/rerank"
	Key        string // the bearer
	Model      string
	Input      []string // of embeddings
	Dimensions int
	Encoding   string
	Query      string // of rerank
	Documents  []string
	TopN       int
}

// Server is the stub. It is safe for concurrent use.
type Server struct {
	// URL is the base URL for clients, with /v1.
	URL string

	dims int
	http *httptest.Server
	stop chan struct{}
	once sync.Once

	mu    sync.Mutex
	queue []Fault
	calls []Call
}

// NewServer starts a server on a loopback socket that makes vectors of dims numbers.
func NewServer(dims int) *Server {
	s := &Server{dims: dims, stop: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/embeddings", s.serve(s.embeddings))
	mux.HandleFunc("POST /v1/rerank", s.serve(s.rerank))
	s.http = httptest.NewServer(mux)
	s.URL = s.http.URL + "/v1"
	return s
}

// Close ends every response that hangs and stops the server. It may be called more than once.
func (s *Server) Close() {
	s.once.Do(func() {
		close(s.stop)
		s.http.Close()
	})
}

// Queue appends faults: each spoils one request, in their order. When there are none, requests are answered well.
func (s *Server) Queue(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, faults...)
}

// Calls returns the calls so far, oldest first.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

// record keeps the call and takes the fault that is meant for it.
func (s *Server) record(c Call) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
	if len(s.queue) == 0 {
		return Fault{}
	}
	f := s.queue[0]
	s.queue = s.queue[1:]
	return f
}

// serve reads a request and answers it, spoilt if that is queued.
func (s *Server) serve(answer func(Call) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Model      string   `json:"model"`
			Input      []string `json:"input"`
			Dimensions int      `json:"dimensions"`
			Encoding   string   `json:"encoding_format"`
			Query      string   `json:"query"`
			Documents  []string `json:"documents"`
			TopN       int      `json:"top_n"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Model == "" || len(in.Input)+len(in.Documents) == 0 {
			http.Error(w, `{"error":{"message":"bad request"}}`, http.StatusBadRequest)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body) // at its end the server begins to notice that a client leaves
		c := Call{
			Path: r.URL.Path, Key: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), Model: in.Model,
			Input: in.Input, Dimensions: in.Dimensions, Encoding: in.Encoding,
			Query: in.Query, Documents: in.Documents, TopN: in.TopN,
		}
		s.record(c).play(w, r, s.stop, func(edit func(any)) []byte {
			value := answer(c)
			if edit != nil {
				edit(value)
			}
			body, err := json.Marshal(value)
			if err != nil { // numbers and strings of our own
				panic(err)
			}
			return body
		})
	}
}

func (s *Server) embeddings(c Call) any {
	dims := s.dims
	if c.Dimensions > 0 {
		dims = c.Dimensions
	}
	out := &Embeddings{Object: "list", Model: c.Model}
	for i, text := range c.Input {
		var value any = Vector(text, dims)
		if c.Encoding == "base64" {
			value = encode(Vector(text, dims))
		}
		// From the last to the first: clients have to go by the index.
		out.Data = append([]Embedding{{Object: "embedding", Index: i, Embedding: value}}, out.Data...)
	}
	return out
}

func encode(v []float32) string {
	var b []byte
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return base64.StdEncoding.EncodeToString(b)
}

func (s *Server) rerank(c Call) any {
	out := &Reranked{}
	for i, text := range c.Documents {
		out.Results = append(out.Results, Result{i, Similarity(c.Query, text)})
	}
	out.sort()
	if c.TopN > 0 && c.TopN < len(out.Results) {
		out.Results = out.Results[:c.TopN]
	}
	return out
}
