package webtest

import (
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"regexp"
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

// events is a reply in the parts of the UI message stream protocol, version 1.
func events(a switchboard.Answer, turn Turn) []event {
	var out []event
	add := func(part any) {
		data, err := json.Marshal(part)
		if err != nil {
			panic(err) // of our own types
		}
		out = append(out, event{id: len(out) + 1, data: string(data)})
	}
	type parts = map[string]any
	add(parts{"type": "start", "messageId": a.ID})
	pieces := turn.Pieces
	if pieces == nil {
		pieces = sentences(a.Text)
	}
	if len(pieces) > 0 {
		add(parts{"type": "text-start", "id": "t1"})
	}
	for _, p := range pieces {
		add(parts{"type": "text-delta", "id": "t1", "delta": p})
	}
	if turn.ErrorPart {
		add(parts{"type": "error", "errorText": "The answer could not be finished."})
	} else {
		if len(pieces) > 0 {
			add(parts{"type": "text-end", "id": "t1"})
		}
		for _, c := range a.Citations {
			if c.URL == "" {
				add(parts{"type": "source-document", "sourceId": c.PassageID, "mediaType": "text/plain", "title": c.Title})
			} else {
				add(parts{"type": "source-url", "sourceId": c.PassageID, "url": c.URL, "title": c.Title})
			}
		}
		add(parts{"type": "data-message", "data": a})
	}
	add(parts{"type": "finish"})
	return append(out, event{id: len(out) + 1, data: "[DONE]"})
}

// stream writes events, and waits or breaks the connection where the turn says so.
func stream(w http.ResponseWriter, r *http.Request, all []event, turn Turn) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Vercel-AI-UI-Message-Stream", "v1")
	rc := http.NewResponseController(w)
	_, _ = fmt.Fprint(w, ": hello\n\n")
	for i, e := range all {
		if turn.CutAfter > 0 && i == turn.CutAfter {
			wait(r, turn.CutOn)
			panic(http.ErrAbortHandler)
		}
		if _, err := fmt.Fprintf(w, "id: %d\ndata: %s\n\n", e.id, e.data); err != nil || rc.Flush() != nil {
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

func welcome(id, token, locale string) map[string]any {
	w := map[string]any{
		"id": id, "token": token,
		"greeting":    "Hello! I can help with your plan, bills, roaming and more.",
		"disclosure":  "You are chatting with an automated assistant. It can make mistakes.",
		"suggestions": []string{"How much is roaming in Switzerland?", "How do I activate an eSIM?", "I want to cancel"},
	}
	if locale == "ar" {
		w["greeting"] = "مرحبًا! يمكنني مساعدتك في باقتك وفواتيرك والتجوال."
		w["disclosure"] = "أنت تتحدث مع مساعد آلي، وقد يخطئ أحيانًا."
		w["suggestions"] = []string{"كم تكلفة التجوال في سويسرا؟", "كيف أفعّل الشريحة الإلكترونية؟"}
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
	allowed := []string{"key", "locale", "theme", "position", "title", "open", "survey-after"}
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
