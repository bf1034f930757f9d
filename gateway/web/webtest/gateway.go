// Package webtest tests what browsers load in a real browser. [Launch] starts Chromium, [Gateway] is a stand-in that
// speaks the gateway's HTTP contract over a socket and can be made to fail as the real one cannot, [MainFlow] is the
// customer's story, to be run against either. Tests alone import it.
package webtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard"
	"switchboard/gateway/web"
)

// Turn is what the stand-in does with one question. The zero Turn answers with an empty text.
type Turn struct {
	Answer switchboard.Answer // the stand-in fills the ids
	Pieces []string           // the text's deltas; nil = one for each sentence
	Hold   <-chan struct{}    // the stream waits after its first piece until this is closed
	Before <-chan struct{}    // the response waits until this is closed

	Status     int // a problem instead of an answer, Times times
	Code       string
	RetryAfter int             // seconds
	CutAfter   int             // the connection breaks after so many events, Times times; -1 = before the response begins
	CutOn      <-chan struct{} // where set, it breaks only once this is closed
	Times      int             // how often the fault shows; 0 = always
	ErrorPart  bool
	Chunk      int  // bytes a write; 0 = an event a write
	CRLF       bool // lines end in CR LF, as servers on other platforms write them
}

// Request is what arrived.
type Request struct {
	Method, Path, Accept, LastEventID, Token string
	Body                                     map[string]json.RawMessage
}

// Gateway is the stand-in.
type Gateway struct {
	*httptest.Server
	script func(question string) Turn

	mu       sync.Mutex
	arrived  chan struct{} // closed, and made anew, with each request
	requests []Request
	talks    map[string]*talk
	faults   map[string]int // shown so far, by client message id
	opened   int
	handoff  switchboard.HandoffState
	refusing bool // to open conversations
	forgets  bool // streams that ended
}

type talk struct {
	token    string
	messages []transcriptMessage
	streams  map[string][]event // by message id
	answered map[string]string  // client message id to message id
	handoff  *switchboard.Handoff
}

type transcriptMessage struct {
	Role switchboard.Role `json:"role"`
	Text string           `json:"text"`
	*switchboard.Answer
}

// MarshalJSON keeps the answer's own role and text where there is an answer.
func (m transcriptMessage) MarshalJSON() ([]byte, error) {
	if m.Answer != nil {
		return json.Marshal(m.Answer)
	}
	return json.Marshal(map[string]string{"role": string(m.Role), "text": m.Text})
}

type event struct {
	id   int
	data string
}

// NewGateway starts the stand-in; script says what becomes of each question.
func NewGateway(t testing.TB, script func(question string) Turn) *Gateway {
	t.Helper()
	site, err := web.New()
	if err != nil {
		t.Fatal(err)
	}
	g := &Gateway{
		script: script, arrived: make(chan struct{}), talks: map[string]*talk{}, faults: map[string]int{},
		handoff: switchboard.HandoffRequested,
	}
	mux := http.NewServeMux()
	mux.Handle("GET /widget.js", site)
	mux.Handle("GET /demo", site)
	mux.Handle("GET /demo/", site)
	mux.HandleFunc("GET /page", hostPage)
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("POST /v1/conversations", g.open)
	mux.HandleFunc("GET /v1/conversations/{id}", g.with(g.transcript))
	mux.HandleFunc("POST /v1/conversations/{id}/messages", g.with(g.ask))
	mux.HandleFunc("GET /v1/conversations/{id}/messages/{mid}/stream", g.with(g.resume))
	mux.HandleFunc("POST /v1/conversations/{id}/messages/{mid}/feedback", g.with(noContent))
	mux.HandleFunc("POST /v1/conversations/{id}/csat", g.with(noContent))
	mux.HandleFunc("POST /v1/conversations/{id}/handoff", g.with(g.person))
	g.Server = httptest.NewServer(cors(g.record(mux)))
	t.Cleanup(func() {
		g.CloseClientConnections()
		g.Close()
	})
	return g
}

// Requests returns the calls so far whose path ends in suffix.
func (g *Gateway) Requests(suffix string) []Request {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []Request
	for _, r := range g.requests {
		if strings.HasSuffix(r.Path, suffix) {
			out = append(out, r)
		}
	}
	return out
}

// Await waits until n calls whose path ends in suffix have arrived, and returns them.
func (g *Gateway) Await(t testing.TB, suffix string, n int) []Request {
	t.Helper()
	late := time.After(patience)
	for {
		g.mu.Lock()
		next := g.arrived
		g.mu.Unlock()
		if found := g.Requests(suffix); len(found) >= n {
			return found
		}
		select {
		case <-next:
		case <-late:
			t.Fatalf("%d requests to …%s did not arrive", n, suffix)
		}
	}
}

// Refuse makes the stand-in refuse to open conversations, as with a key that was revoked, or stops that.
func (g *Gateway) Refuse(refuse bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refusing = refuse
}

// ForgetStreams makes every stream one that cannot be resumed.
func (g *Gateway) ForgetStreams() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.forgets = true
}

// Expire makes every conversation so far unknown, as after a token's end.
func (g *Gateway) Expire() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, t := range g.talks {
		t.token = ""
	}
}

func (g *Gateway) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			q := Request{
				Method: r.Method, Path: r.URL.Path, Accept: r.Header.Get("Accept"),
				LastEventID: r.Header.Get("Last-Event-ID"), Token: bearer(r),
			}
			if r.Method == http.MethodPost {
				if err := json.NewDecoder(r.Body).Decode(&q.Body); err != nil {
					problem(w, Turn{Status: http.StatusBadRequest, Code: "invalid_json"})
					return
				}
			}
			g.mu.Lock()
			g.requests = append(g.requests, q)
			close(g.arrived)
			g.arrived = make(chan struct{})
			g.mu.Unlock()
			r = r.WithContext(withRequest(r.Context(), q))
		}
		next.ServeHTTP(w, r)
	})
}

func bearer(r *http.Request) string {
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
}

func problem(w http.ResponseWriter, t Turn) {
	if t.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(t.RetryAfter))
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(t.Status)
	_ = json.NewEncoder(w).Encode(struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Code   string `json:"code"`
	}{"about:blank", http.StatusText(t.Status), t.Status, t.Code})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func noContent(w http.ResponseWriter, _ *http.Request, _ *talk) { w.WriteHeader(http.StatusNoContent) }

func (g *Gateway) open(w http.ResponseWriter, r *http.Request) {
	locale := text(requestOf(r).Body["locale"])
	g.mu.Lock()
	if g.refusing {
		g.mu.Unlock()
		problem(w, Turn{Status: http.StatusUnauthorized, Code: "unauthorized"})
		return
	}
	g.opened++
	id := fmt.Sprintf("conv_%d", g.opened)
	g.talks[id] = &talk{token: "token-" + id, streams: map[string][]event{}, answered: map[string]string{}}
	g.mu.Unlock()
	writeJSON(w, http.StatusCreated, newWelcome(id, "token-"+id, locale))
}

// with finds the conversation and checks its token.
func (g *Gateway) with(next func(http.ResponseWriter, *http.Request, *talk)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		t := g.talks[r.PathValue("id")]
		ok := t != nil && t.token != "" && t.token == bearer(r)
		g.mu.Unlock()
		if !ok {
			problem(w, Turn{Status: http.StatusUnauthorized, Code: "unauthorized"})
			return
		}
		next(w, r, t)
	}
}

func (g *Gateway) transcript(w http.ResponseWriter, r *http.Request, t *talk) {
	g.mu.Lock()
	messages := slices.Clone(t.messages)
	handoff := t.handoff
	g.mu.Unlock()
	writeJSON(w, http.StatusOK, struct {
		ID       string               `json:"id"`
		Messages []transcriptMessage  `json:"messages"`
		Handoff  *switchboard.Handoff `json:"handoff"`
	}{r.PathValue("id"), messages, handoff})
}

func (g *Gateway) person(w http.ResponseWriter, _ *http.Request, t *talk) {
	h := switchboard.Handoff{State: g.handoff, Reference: "H-7K3F-92QD"}
	g.mu.Lock()
	t.handoff = &h
	g.mu.Unlock()
	writeJSON(w, http.StatusAccepted, h)
}

// Acknowledge makes a request for a person acknowledged: those to come, and the ones that were made.
func (g *Gateway) Acknowledge() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.handoff = switchboard.HandoffAcknowledged
	for _, t := range g.talks {
		if t.handoff != nil {
			t.handoff = &switchboard.Handoff{State: g.handoff, Reference: t.handoff.Reference}
		}
	}
}

func text(raw json.RawMessage) string {
	var s string
	_ = json.Unmarshal(raw, &s)
	return s
}

func (g *Gateway) ask(w http.ResponseWriter, r *http.Request, t *talk) {
	q := requestOf(r)
	question, clientID := text(q.Body["text"]), text(q.Body["client_message_id"])
	turn := g.script(question)
	if !wait(r, turn.Before) {
		return
	}
	fault := g.faulty(turn, clientID)
	if fault && turn.Status != 0 {
		problem(w, turn)
		return
	}
	if fault && turn.CutAfter < 0 {
		panic(http.ErrAbortHandler) // net/http closes the connection
	}
	mid := g.answer(t, r.PathValue("id"), question, clientID, turn)
	g.mu.Lock()
	events := t.streams[mid]
	g.mu.Unlock()
	if !fault {
		turn.CutAfter = 0
	}
	stream(w, r, events, turn)
}

// faulty counts a turn's fault and says whether it shows this time.
func (g *Gateway) faulty(t Turn, clientID string) bool {
	if t.Status == 0 && t.CutAfter == 0 {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults[clientID]++
	return t.Times == 0 || g.faults[clientID] <= t.Times
}

// answer records the turn, once for each client message id, and returns the reply's id.
func (g *Gateway) answer(t *talk, conversation, question, clientID string, turn Turn) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if mid := t.answered[clientID]; mid != "" {
		return mid
	}
	a := turn.Answer
	a.ID = fmt.Sprintf("msg_%d", len(t.messages)+1)
	a.ConversationID, a.Role, a.CreatedAt = conversation, switchboard.RoleAssistant, time.Now()
	if a.Citations == nil {
		a.Citations = []switchboard.Citation{}
	}
	if a.Suggestions == nil {
		a.Suggestions = []string{}
	}
	t.messages = append(t.messages,
		transcriptMessage{Role: switchboard.RoleUser, Text: question}, transcriptMessage{Answer: &a})
	t.answered[clientID] = a.ID
	t.streams[a.ID] = events(a, turn)
	return a.ID
}

func (g *Gateway) resume(w http.ResponseWriter, r *http.Request, t *talk) {
	after, err := strconv.Atoi(r.Header.Get("Last-Event-ID"))
	g.mu.Lock()
	all := t.streams[r.PathValue("mid")]
	if g.forgets {
		all = nil
	}
	g.mu.Unlock()
	if err != nil || all == nil {
		problem(w, Turn{Status: http.StatusNotFound, Code: "not_found"})
		return
	}
	stream(w, r, all[min(after, len(all)):], Turn{})
}
