package httpapi

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard"
	"switchboard/gateway"
	"switchboard/gateway/session"
	"switchboard/gateway/web"
	"switchboard/kb"
)

var testSecret = []byte("0123456789abcdef0123456789abcdef")

// testTime is when every scripted reply is made.
var testTime = time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)

// scriptedBot answers from a script. Its ids count up.
type scriptedBot struct {
	mu            sync.Mutex
	conversations map[string]*switchboard.Conversation
	turns         []switchboard.Turn // as they were asked for
	queries       []kb.Query
	made          int
	// respond stands in for a turn, where it is set.
	respond func(ctx context.Context, t switchboard.Turn, emit func(switchboard.Event) error) (switchboard.Answer, error)
	// err is returned by everything but turns, where it is set.
	err error
}

func newScriptedBot() *scriptedBot {
	return &scriptedBot{conversations: map[string]*switchboard.Conversation{}}
}

func (b *scriptedBot) id(prefix string) string {
	b.made++
	return prefix + "_" + string(rune('a'+b.made-1))
}

func (b *scriptedBot) NewConversation(o gateway.Opening) switchboard.Conversation {
	b.mu.Lock()
	defer b.mu.Unlock()
	return switchboard.Conversation{
		ID: b.id("conv"), Locale: o.Locale, Audiences: o.Audiences, Context: o.Context, CreatedAt: testTime,
	}
}

func (b *scriptedBot) Open(_ context.Context, o gateway.Opening) (gateway.Welcome, error) {
	c := b.NewConversation(o)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return gateway.Welcome{}, b.err
	}
	c.Disclosure = "I am a program."
	b.conversations[c.ID] = &c
	return gateway.Welcome{
		Conversation: c, Greeting: "Hello!", Disclosure: "I am a program.", Suggestions: []string{"How much is roaming?"},
	}, nil
}

func (b *scriptedBot) Conversation(_ context.Context, id string) (switchboard.Conversation, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return switchboard.Conversation{}, b.err
	}
	c, ok := b.conversations[id]
	if !ok {
		return switchboard.Conversation{}, switchboard.Errorf(switchboard.NotFound, "there is no such conversation")
	}
	return *c, nil
}

func (b *scriptedBot) Respond(
	ctx context.Context, t switchboard.Turn, emit func(switchboard.Event) error,
) (switchboard.Answer, error) {
	if emit == nil {
		emit = func(switchboard.Event) error { return nil }
	}
	if t.Opens != nil {
		b.mu.Lock()
		b.conversations[t.Opens.ID] = t.Opens
		b.mu.Unlock()
	}
	c, err := b.Conversation(ctx, t.ConversationID)
	if err != nil {
		return switchboard.Answer{}, err
	}
	b.mu.Lock()
	b.turns = append(b.turns, t)
	respond := b.respond
	b.mu.Unlock()
	for _, old := range c.Turns {
		if t.ClientMessageID != "" && old.ClientMessageID == t.ClientMessageID {
			return old.Answer, tell(old.Answer, old.Answer, []string{old.Answer.Text}, emit)
		}
	}
	if respond != nil {
		return respond(ctx, t, emit)
	}
	return b.say(t, emit, "Roaming in Switzerland costs € 5.99 a day [1]. ", "It needs [2] no pass.")
}

// say answers with sentences, the first of which cites an article with a URL and the last one without.
func (b *scriptedBot) say(t switchboard.Turn, emit func(switchboard.Event) error, sentences ...string) (switchboard.Answer, error) {
	b.mu.Lock()
	a := switchboard.Answer{
		ID: b.id("msg"), ConversationID: t.ConversationID, Role: switchboard.RoleAssistant, Action: switchboard.ActionAnswer,
		Reason: switchboard.ReasonGrounded, Text: strings.Join(sentences, ""), Release: "rel_0011223344556677",
		Prompt: "answer@1f2e3d4c", Model: "stub", Suggestions: []string{"What is a pass?"}, CreatedAt: testTime,
		Usage: switchboard.Usage{InputTokens: 12, OutputTokens: 7}, Latency: switchboard.Latency{Total: 3.25},
		Citations: []switchboard.Citation{
			{N: 1, DocumentID: "roaming", PassageID: "roaming#1", Title: "Roaming", URL: "https://help.example/roaming", Quote: "5.99"},
			{N: 2, DocumentID: "passes", PassageID: "passes#1", Title: "Passes", Quote: "none"},
		},
	}
	b.mu.Unlock()
	started := switchboard.Answer{
		ID: a.ID, ConversationID: a.ConversationID, Role: a.Role, Citations: []switchboard.Citation{},
		Suggestions: []string{}, Release: a.Release, CreatedAt: a.CreatedAt,
	}
	err := tell(started, a, sentences, emit)
	t.ID, t.Question, t.StartedAt, t.Answer = a.ID, switchboard.Masked(t.Text), testTime, a
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.conversations[t.ConversationID]; c != nil {
		c.Turns = append(c.Turns, t)
	}
	return a, err
}

func tell(start, a switchboard.Answer, sentences []string, emit func(switchboard.Event) error) error {
	events := []switchboard.Event{{Kind: switchboard.EventStart, Answer: start}}
	for i, s := range sentences {
		events = append(events, switchboard.Event{Kind: switchboard.EventSentence, Text: s})
		if i < len(a.Citations) {
			events = append(events, switchboard.Event{Kind: switchboard.EventCitation, Citation: a.Citations[i]})
		}
	}
	for _, e := range append(events, switchboard.Event{Kind: switchboard.EventDone, Answer: a}) {
		if err := emit(e); err != nil {
			return err
		}
	}
	return nil
}

func (b *scriptedBot) Why(ctx context.Context, conversation, message string, full bool) (gateway.Why, error) {
	c, err := b.Conversation(ctx, conversation)
	if err != nil {
		return gateway.Why{}, err
	}
	for _, t := range c.Turns {
		if t.ID == message {
			w := gateway.Why{MessageID: message, ConversationID: c.ID, Explanation: []string{"So."}, Sources: t.Answer.Citations, AskedAt: testTime}
			if full {
				w.Record = &gateway.WhyRecord{Attempts: []gateway.WhyAttempt{{Model: "stub", Outcome: "ok"}}}
			}
			return w, nil
		}
	}
	return gateway.Why{}, switchboard.Errorf(switchboard.NotFound, "there is no such message")
}

func (b *scriptedBot) Rate(ctx context.Context, conversation, message, _, _, _ string) error {
	c, err := b.Conversation(ctx, conversation)
	if err != nil {
		return err
	}
	for _, t := range c.Turns {
		if t.ID == message {
			return nil
		}
	}
	return switchboard.Errorf(switchboard.NotFound, "there is no such message")
}

func (b *scriptedBot) Score(ctx context.Context, conversation string, _ int, _ string) error {
	_, err := b.Conversation(ctx, conversation)
	return err
}

func (b *scriptedBot) RequestHuman(ctx context.Context, conversation, _, _ string) (switchboard.Handoff, error) {
	_, err := b.Conversation(ctx, conversation)
	return switchboard.Handoff{State: switchboard.HandoffRequested, Reference: "H-7K3F-92QD"}, err
}

func (b *scriptedBot) Export(ctx context.Context, conversation string) (switchboard.Export, error) {
	c, err := b.Conversation(ctx, conversation)
	return switchboard.Export{Conversation: c, Handoffs: []switchboard.HandoffRequest{}}, err
}

func (b *scriptedBot) Erase(ctx context.Context, conversation string) (switchboard.Receipt, error) {
	c, err := b.Conversation(ctx, conversation)
	if err != nil {
		return switchboard.Receipt{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.conversations, conversation)
	return switchboard.Receipt{
		ConversationID: conversation, ErasedAt: testTime, Deleted: map[string]int{"turns": len(c.Turns)},
	}, nil
}

func (b *scriptedBot) Search(_ context.Context, q kb.Query) (string, []switchboard.Passage, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queries = append(b.queries, q)
	return "kb_0011223344556677", []switchboard.Passage{{
		ID: "roaming#1", DocumentID: "roaming", Title: "Roaming", URL: "https://help.example/roaming", Lang: "en",
		Text: "Roaming costs € 5.99 a day.", Score: 4.2, Coverage: 0.9,
	}}, b.err
}

// keyList is keys on record that a test may change.
type keyList struct {
	mu   sync.Mutex
	keys []Key
	err  error
}

func (l *keyList) Keys(context.Context) ([]Key, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Key(nil), l.keys...), l.err
}

func (l *keyList) set(keys ...Key) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys = keys
}

func hashOf(plain string) string {
	sum := sha256.Sum256([]byte(plain))
	return hex.EncodeToString(sum[:])
}

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// gatewayUnderTest is a server on a socket, in front of a scripted bot.
type gatewayUnderTest struct {
	t        testing.TB
	bot      *scriptedBot
	keys     *keyList
	clock    *clock
	sessions *session.Memory
	server   *Server
	url      string
}

// start serves until the test ends. change may alter the configuration.
func start(t testing.TB, change ...func(*Config)) *gatewayUnderTest {
	t.Helper()
	g := &gatewayUnderTest{t: t, bot: newScriptedBot(), keys: &keyList{}, clock: &clock{now: time.Now()}}
	g.sessions = session.NewMemory(g.clock.Now)
	site, err := web.New()
	if err != nil {
		t.Fatal(err)
	}
	c := Config{
		Bot: g.bot, Sessions: g.sessions, Keys: g.keys, TokenSecret: testSecret, Now: g.clock.Now, Pages: site,
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain; version=0.0.4")
			_, _ = io.WriteString(w, "switchboard_up 1\n")
		}),
	}
	for _, f := range change {
		f(&c)
	}
	g.server = New(c)
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g.url = "http://" + l.Addr().String()
	served := make(chan error, 1)
	go func() { served <- g.server.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := g.server.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
		_ = g.sessions.Close()
	})
	return g
}

// client keeps no connections, so that a shutdown never waits for one.
var client = &http.Client{Transport: &http.Transport{
	DisableKeepAlives: true, DisableCompression: true, ExpectContinueTimeout: 5 * time.Second}}

type header map[string]string

func (g *gatewayUnderTest) request(method, path, body string, h header) *http.Request {
	g.t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(g.t.Context(), method, g.url+path, r)
	if err != nil {
		g.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range h {
		switch {
		case name == "Host":
			req.Host = value
		case value == "":
			req.Header.Del(name)
		default:
			req.Header.Set(name, value)
		}
	}
	return req
}

type reply struct {
	status int
	header http.Header
	body   []byte
}

func (g *gatewayUnderTest) do(method, path, body string, h header) reply {
	g.t.Helper()
	resp, err := client.Do(g.request(method, path, body, h))
	if err != nil {
		g.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, b}
}

// field reads a member by its path, "" where there is none.
func (r reply) field(path ...string) string {
	var v any
	if json.Unmarshal(r.body, &v) != nil {
		return ""
	}
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	if s, ok := v.(string); ok {
		return s
	}
	b, _ := json.Marshal(v)
	if string(b) == "null" {
		return ""
	}
	return string(b)
}

// open begins a conversation and returns its path and the header with its token.
func (g *gatewayUnderTest) open(h header) (path string, bearer header) {
	g.t.Helper()
	r := g.do("POST", "/v1/conversations", "", h)
	if r.status != http.StatusCreated {
		g.t.Fatalf("open: %d %s", r.status, r.body)
	}
	return "/v1/conversations/" + r.field("id"), header{"Authorization": "Bearer " + r.field("token")}
}

func with(h header, more ...string) header {
	out := header{}
	for k, v := range h {
		out[k] = v
	}
	for i := 0; i < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	return out
}

// frame is one server-sent event, or a comment.
type frame struct{ id, data, comment string }

// reader reads server-sent events from a response.
type reader struct {
	t    testing.TB
	resp *http.Response
	in   *bufio.Reader
}

func (g *gatewayUnderTest) stream(req *http.Request) *reader {
	g.t.Helper()
	resp, err := client.Do(req)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { _ = resp.Body.Close() })
	if resp.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(resp.Body)
		g.t.Fatalf("stream: %d %s", resp.StatusCode, b)
	}
	return &reader{t: g.t, resp: resp, in: bufio.NewReader(resp.Body)}
}

// next returns the next event, and false at the end.
func (r *reader) next() (frame, bool) {
	var f frame
	for {
		line, err := r.in.ReadString('\n')
		if err != nil {
			return f, false
		}
		line = strings.TrimSuffix(line, "\n")
		name, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "":
			return f, true
		case name == "id":
			f.id = value
		case name == "data":
			f.data += value
		case name == "":
			f.comment = value
		default:
			r.t.Fatalf("unknown line %q", line)
		}
	}
}

func (r *reader) rest() []frame {
	var all []frame
	for {
		f, ok := r.next()
		if !ok {
			return all
		}
		all = append(all, f)
	}
}

func text(frames []frame) string {
	var b bytes.Buffer
	for _, f := range frames {
		if f.id != "" {
			b.WriteString("id: " + f.id + "\n")
		}
		b.WriteString("data: " + f.data + "\n\n")
	}
	return b.String()
}

func kinds(frames []frame) string {
	var out []string
	for _, f := range frames {
		var p struct{ Type string }
		if json.Unmarshal([]byte(f.data), &p) != nil {
			p.Type = f.data
		}
		out = append(out, p.Type)
	}
	return strings.Join(out, " ")
}

func (b *scriptedBot) HandoffEvent(context.Context, switchboard.HandoffEvent) (bool, error) {
	return true, nil
}
