package llmtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"time"
)

// Options of a server. The zero value is a well-behaved one.
type Options struct {
	// Reply says how to answer a call for which nothing is queued. nil says one short sentence.
	Reply func(Call) Script
	// Models are listed under /v1/models; nil lists "stub".
	Models []string
	// TokenGap is the pause before each token but the first, for scripts that set none.
	TokenGap time.Duration
	// Address is where to listen, "" for a free port: a server that comes back does so in its old place.
	Address string
	// Forget keeps no calls, for loads that would fill the memory with them: only Count tells of them.
	Forget bool
}

// Message is one message of a call.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// Call is one request for a completion.
type Call struct {
	N            int    // from 1
	API          string // "openai", "azure" or "anthropic"
	Version      string // api-version or anthropic-version
	Model        string // for Azure, the deployment
	Messages     []Message
	Stream       bool
	IncludeUsage bool
	MaxTokens    int
	Temperature  *float64
	Key          string // the bearer, or what stands in its place
	Body         string // as it came
	At           time.Time

	Sent  int       // tokens that were written
	Ended time.Time // zero while it is under way
	Left  bool      // the client was gone before the script's end
}

// Server is the upstream. It is safe for concurrent use.
type Server struct {
	// URL is the base URL for clients of OpenAI's API, with /v1.
	URL string
	// Root is the base URL for clients of Azure's and Anthropic's, without it.
	Root string

	opts Options
	http *httptest.Server
	stop chan struct{}
	once sync.Once

	conns, open atomic.Int64

	mu      sync.Mutex
	queue   []Script
	calls   []*Call
	begun   int
	changed chan struct{} // closed and replaced whenever a call begins or ends
}

// NewServer starts a server on a loopback socket.
func NewServer(o Options) *Server {
	if o.Reply == nil {
		o.Reply = func(Call) Script { return Say("This is the stub's reply.") }
	}
	if o.Models == nil {
		o.Models = []string{"stub"}
	}
	s := &Server{opts: o, stop: make(chan struct{}), changed: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", s.complete(readOpenAI))
	mux.HandleFunc("POST /openai/deployments/{deployment}/chat/completions", s.complete(readAzure))
	mux.HandleFunc("POST /v1/messages", s.complete(readAnthropic))
	mux.HandleFunc("GET /v1/models", s.models)
	mux.HandleFunc("GET /openai/models", s.models)
	s.http = httptest.NewUnstartedServer(mux)
	if o.Address != "" {
		s.listenAt(o.Address)
	}
	s.http.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			s.conns.Add(1)
			s.open.Add(1)
		case http.StateClosed, http.StateHijacked:
			s.open.Add(-1)
		}
	}
	s.http.Start()
	s.Root = s.http.URL
	s.URL = s.Root + "/v1"
	return s
}

// listenAt panics where the address cannot be had, as httptest does.
func (s *Server) listenAt(address string) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		panic(fmt.Sprintf("llmtest: %v", err))
	}
	_ = s.http.Listener.Close() // the one that httptest has opened
	s.http.Listener = listener
}

// Die closes the server and every connection at once, in the middle of whatever is being said.
func (s *Server) Die() {
	_ = s.http.Listener.Close()
	s.http.CloseClientConnections()
	s.Close()
}

// Close ends every response that hangs and stops the server. It may be called more than once.
func (s *Server) Close() {
	s.once.Do(func() {
		close(s.stop)
		s.http.Close()
	})
}

// Queue appends scripts: each answers one call, in their order. When there are none, Options.Reply answers.
func (s *Server) Queue(scripts ...Script) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, scripts...)
}

// Reply replaces what answers calls for which nothing is queued.
func (s *Server) Reply(reply func(Call) Script) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts.Reply = reply
}

// Calls returns the calls so far, oldest first.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Call, len(s.calls))
	for i, c := range s.calls {
		out[i] = *c
	}
	return out
}

// Count is how many calls there have been.
func (s *Server) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begun
}

// Connections is how many connections were opened so far.
func (s *Server) Connections() int { return int(s.conns.Load()) }

// Open is how many connections are open.
func (s *Server) Open() int { return int(s.open.Load()) }

// Begun waits until the n-th call (from 1) has come.
func (s *Server) Begun(ctx context.Context, n int) (Call, error) {
	return s.await(ctx, n, func(*Call) bool { return true })
}

// Ended waits until the n-th call (from 1) has ended, by its script or because the client left.
func (s *Server) Ended(ctx context.Context, n int) (Call, error) {
	return s.await(ctx, n, func(c *Call) bool { return !c.Ended.IsZero() })
}

func (s *Server) await(ctx context.Context, n int, ready func(*Call) bool) (Call, error) {
	for {
		s.mu.Lock()
		changed := s.changed
		if n <= len(s.calls) && ready(s.calls[n-1]) {
			c := *s.calls[n-1]
			s.mu.Unlock()
			return c, nil
		}
		s.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return Call{}, fmt.Errorf("await call %d: %w", n, ctx.Err())
		}
	}
}

// begin records a call and takes its script.
func (s *Server) begin(c *Call) Script {
	s.mu.Lock()
	s.begun++
	if c.N = s.begun; !s.opts.Forget {
		s.calls = append(s.calls, c)
	}
	s.tell()
	reply := s.opts.Reply
	if len(s.queue) > 0 {
		script := s.queue[0]
		s.queue = s.queue[1:]
		s.mu.Unlock()
		return script
	}
	copied := *c
	s.mu.Unlock()
	return reply(copied)
}

func (s *Server) end(c *Call, sent int, left bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Sent, c.Left, c.Ended = sent, left, time.Now()
	s.tell()
}

func (s *Server) tell() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// complete answers a request for a completion, which read reads: a nil voice means that it is a bad one, and has been
// told so.
func (s *Server) complete(read func(http.ResponseWriter, *http.Request, []byte) (*Call, voice)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		c, v := read(w, r, body)
		if v == nil {
			return
		}
		c.Body, c.At = string(body), time.Now()
		script := s.begin(c)
		p := &player{w: w, out: http.NewResponseController(w), call: *c, voice: v, script: script, left: r.Context().Done(), stop: s.stop}
		if p.script.Gap == 0 {
			p.script.Gap = s.opts.TokenGap
		}
		err = p.play()
		s.end(c, p.sent, errors.Is(err, errLeft) || r.Context().Err() != nil)
		if errors.Is(err, errCut) {
			panic(http.ErrAbortHandler)
		}
	}
}

// models lists the models. Azure's clients and Anthropic's are held to their ways of telling the key.
func (s *Server) models(w http.ResponseWriter, r *http.Request) {
	azure, other := r.URL.Path == "/openai/models", r.Header.Get("Anthropic-Version") != ""
	if azure && (r.Header.Get("Api-Key") == "" || r.URL.Query().Get("api-version") == "") || other && r.Header.Get("X-Api-Key") == "" {
		writeError(w, openAIVoice{}, http.StatusUnauthorized, "401")
		return
	}
	type model struct {
		ID     string `json:"id"`
		Object string `json:"object"`
	}
	list := struct {
		Object string  `json:"object"`
		Data   []model `json:"data"`
	}{Object: "list"}
	for _, m := range s.opts.Models {
		list.Data = append(list.Data, model{m, "model"})
	}
	writeJSON(w, http.StatusOK, list)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func writeError(w http.ResponseWriter, v voice, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, v.failure(code, "the stub says "+code))
}

func quoteJSON(s string) string {
	b, _ := json.Marshal(s) // strings always marshal
	return string(b)
}
