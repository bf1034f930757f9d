package webtest

import (
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"switchboard"
)

// HostCSP is the policy of the page that embeds the widget in tests.
const HostCSP = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; style-src 'self'"

type requestKey struct{}

func withRequest(ctx context.Context, q Request) context.Context {
	return context.WithValue(ctx, requestKey{}, q)
}

func requestOf(r *http.Request) Request {
	q, _ := r.Context().Value(requestKey{}).(Request)
	return q
}

var sentenceEnd = regexp.MustCompile(`[.!?](?:\s?\[\d+\])*\s+`)

func sentences(text string) []string {
	var out []string
	start := 0
	for _, at := range sentenceEnd.FindAllStringIndex(text, -1) {
		out = append(out, text[start:at[1]])
		start = at[1]
	}
	if start < len(text) {
		out = append(out, text[start:])
	}
	return out
}

// part is one part of the UI message stream protocol, version 1.
type part struct {
	Type      string              `json:"type"`
	MessageID string              `json:"messageId,omitzero"`
	ID        string              `json:"id,omitzero"`
	Delta     string              `json:"delta,omitzero"`
	SourceID  string              `json:"sourceId,omitzero"`
	MediaType string              `json:"mediaType,omitzero"`
	URL       string              `json:"url,omitzero"`
	Title     string              `json:"title,omitzero"`
	ErrorText string              `json:"errorText,omitzero"`
	Data      *switchboard.Answer `json:"data,omitzero"`
}

// events is a reply in its parts.
func events(a switchboard.Answer, turn Turn) []event {
	var out []event
	add := func(p part) {
		data, err := json.Marshal(p)
		if err != nil {
			panic(err) // of our own types
		}
		out = append(out, event{id: len(out) + 1, data: string(data)})
	}
	pieces := turn.Pieces
	if pieces == nil {
		pieces = sentences(a.Text)
	}
	add(part{Type: "start", MessageID: a.ID})
	if len(pieces) > 0 {
		add(part{Type: "text-start", ID: "text"})
	}
	for _, p := range pieces {
		add(part{Type: "text-delta", ID: "text", Delta: p})
	}
	if turn.ErrorPart {
		add(part{Type: "error", ErrorText: "The answer could not be finished."})
	} else {
		if len(pieces) > 0 {
			add(part{Type: "text-end", ID: "text"})
		}
		for _, c := range a.Citations {
			add(source(c))
		}
		add(part{Type: "data-message", Data: &a})
	}
	add(part{Type: "finish"})
	return append(out, event{id: len(out) + 1, data: "[DONE]"})
}

func source(c switchboard.Citation) part {
	if c.URL == "" {
		return part{Type: "source-document", SourceID: c.PassageID, MediaType: "text/markdown", Title: c.Title}
	}
	return part{Type: "source-url", SourceID: c.PassageID, URL: c.URL, Title: c.Title}
}

// stream writes events, and waits or breaks the connection where the turn says so.
func stream(w http.ResponseWriter, r *http.Request, all []event, turn Turn) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Vercel-AI-UI-Message-Stream", "v1")
	rc := http.NewResponseController(w)
	write := func(lines string) bool {
		if turn.CRLF {
			lines = strings.ReplaceAll(lines, "\n", "\r\n")
		}
		size := turn.Chunk
		if size == 0 {
			size = len(lines)
		}
		for chunk := range slices.Chunk([]byte(lines), size) {
			if _, err := w.Write(chunk); err != nil || rc.Flush() != nil {
				return false
			}
		}
		return true
	}
	write(": a comment that keeps proxies open\n\n")
	for i, e := range all {
		if turn.CutAfter > 0 && i == turn.CutAfter {
			wait(r, turn.CutOn)
			panic(http.ErrAbortHandler)
		}
		if !write(fmt.Sprintf("id: %d\ndata: %s\n\n", e.id, e.data)) {
			return
		}
		if strings.Contains(e.data, `"text-delta"`) && !wait(r, turn.Hold) {
			return
		}
	}
}

// wait waits until c is closed, for nothing where it is nil. It reports false where the client left before.
func wait(r *http.Request, c <-chan struct{}) bool {
	if c == nil {
		return true
	}
	select {
	case <-c:
		return true
	case <-r.Context().Done():
		return false
	}
}

type welcome struct {
	ID          string   `json:"id"`
	Token       string   `json:"token"`
	Greeting    string   `json:"greeting"`
	Disclosure  string   `json:"disclosure"`
	Suggestions []string `json:"suggestions"`
}

func newWelcome(id, token, locale string) welcome {
	w := welcome{
		ID: id, Token: token,
		Greeting:    "Hello! I can help with your plan, bills, roaming and more.",
		Disclosure:  "You are chatting with an automated assistant. It can make mistakes.",
		Suggestions: []string{"How much is roaming in Switzerland?", "How do I activate an eSIM?", "I want to cancel"},
	}
	if locale == "ar" {
		w.Greeting = "مرحبًا! يمكنني مساعدتك في باقتك وفواتيرك والتجوال."
		w.Disclosure = "أنت تتحدث مع مساعد آلي، وقد يخطئ أحيانًا."
		w.Suggestions = []string{"كم تكلفة التجوال في سويسرا؟", "كيف أفعّل الشريحة الإلكترونية؟"}
	}
	return w
}

var pageHTML = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>A page</title></head>
<body><main><h1>A page that embeds the chat</h1><p><a href="/page" id="before">A link before the chat</a></p></main>
<script async src="/widget.js"{{range .}} data-{{.Name}}="{{.Value}}"{{end}}></script></body></html>`))

// hostPage is a page with a strict policy whose query becomes the tag's data attributes: /page?locale=ar&theme=dark.
func hostPage(w http.ResponseWriter, r *http.Request) {
	type attribute struct {
		Name  template.HTMLAttr
		Value string
	}
	allowed := []string{"key", "identity", "locale", "theme", "position", "title", "open", "survey-after"}
	var attrs []attribute
	for _, name := range allowed {
		if r.URL.Query().Has(name) {
			attrs = append(attrs, attribute{template.HTMLAttr(name), r.URL.Query().Get(name)})
		}
	}
	w.Header().Set("Content-Security-Policy", HostCSP)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = pageHTML.Execute(w, attrs)
}

// cors lets pages of any origin read, as the gateway does for the origins of a key.
func cors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Expose-Headers", "Retry-After")
		if r.Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Last-Event-ID")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// NewPage serves a page of another origin that embeds the widget of the gateway at base, and returns its address. Its
// policy allows that gateway and nothing else.
func NewPage(t testing.TB, base string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src "+base+"; connect-src "+base)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><title>An operator's page</title>
<h1>Ours</h1><script async src="%s/widget.js"></script>`, base)
	}))
	t.Cleanup(s.Close)
	return s.URL
}
