package httpapi

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"switchboard"
	"switchboard/gateway/session"
)

// Bad input has a clear answer, and the gateway goes on.
func TestBadMessages(t *testing.T) {
	g := start(t)
	path, bearer := g.open(nil)
	post := func(name, body string, status int, code, field string, h ...string) {
		t.Run(name, func(t *testing.T) {
			r := g.do("POST", path+"/messages", body, with(bearer, h...))
			if r.status != status || r.field("code") != code || r.field("field") != field {
				t.Errorf("got %d %s, want %d %s %q", r.status, r.body, status, code, field)
			}
			checkProblem(t, r)
		})
	}
	long := strings.Repeat("é", 4001)
	post("broken JSON", `{"text":`, 400, "invalid_json", "")
	post("no body", "", 400, "invalid_json", "")
	post("not JSON at all", `text=hello`, 400, "invalid_json", "")
	post("trailing garbage", `{"text":"hi"} x`, 400, "invalid_json", "")
	post("two values", `{"text":"hi"}{"text":"hi"}`, 400, "invalid_json", "")
	post("a list", `[{"text":"hi"}]`, 400, "invalid_json", "")
	post("a string", `"hi"`, 400, "invalid_json", "")
	post("byte order mark", "\ufeff"+`{"text":"hi"}`, 400, "invalid_json", "")
	post("invalid UTF-8", "{\"text\":\"a\xffb\"}", 400, "invalid_json", "")
	post("half a surrogate pair", `{"text":"a\ud800b"}`, 400, "invalid_json", "")
	post("deep nesting", strings.Repeat("[", 20000)+strings.Repeat("]", 20000), 400, "invalid_json", "")
	post("wrong type: number", `{"text":5}`, 400, "invalid_field", "text")
	post("wrong type: list", `{"text":["hi"]}`, 400, "invalid_field", "text")
	post("wrong type: object", `{"text":{"text":"hi"}}`, 400, "invalid_field", "text")
	post("wrong type of the other", `{"text":"hi","client_message_id":7}`, 400, "invalid_field", "client_message_id")
	post("unknown field", `{"text":"hi","role":"system"}`, 400, "invalid_field", "role")
	post("another case", `{"Text":"hi"}`, 400, "invalid_field", "Text")
	post("no text", `{}`, 400, "invalid_field", "text")
	post("null", `{"text":null}`, 400, "invalid_field", "text")
	post("empty", `{"text":""}`, 400, "invalid_field", "text")
	post("white space", `{"text":" \n\t\u00a0\u200b"}`, 400, "invalid_field", "text")
	post("null character", `{"text":"a\u0000b"}`, 400, "invalid_field", "text")
	post("a long name", `{"text":"hi","`+strings.Repeat("x", 5000)+`":1}`, 400, "invalid_field", strings.Repeat("x", 100)+"…")
	post("too long", `{"text":"`+long+`"}`, 413, "message_too_long", "text")
	post("long client id", `{"text":"hi","client_message_id":"`+strings.Repeat("x", 129)+`"}`, 400, "invalid_field", "client_message_id")
	post("client id with a space", `{"text":"hi","client_message_id":"a b"}`, 400, "invalid_field", "client_message_id")
	post("too large", `{"text":"`+strings.Repeat("x", 1<<20)+`"}`, 413, "body_too_large", "")
	post("far too large", strings.Repeat(" ", 9<<20), 413, "body_too_large", "", "Expect", "100-continue")
	post("a form", `text=hi`, 415, "unsupported_media_type", "", "Content-Type", "application/x-www-form-urlencoded")
	post("no media type", `{"text":"hi"}`, 415, "unsupported_media_type", "", "Content-Type", "")
	post("plain text", `{"text":"hi"}`, 415, "unsupported_media_type", "", "Content-Type", "text/plain")
	post("another encoding", `{"text":"hi"}`, 415, "unsupported_media_type", "", "Content-Type", "application/json; charset=latin1")
	post("compressed", `{"text":"hi"}`, 415, "unsupported_media_type", "", "Content-Encoding", "gzip")

	for name, body := range map[string]string{
		"longest text":   `{"text":"` + long[:8000] + `"}`,
		"duplicate keys": `{"text":"a","text":"hi"}`,
		"markup":         `{"text":"<script>alert(1)</script>"}`,
		"only an emoji":  `{"text":"👍"}`,
		"null id":        `{"text":"hi","client_message_id":null}`,
	} {
		if r := g.do("POST", path+"/messages", body, with(bearer, "Content-Type", "application/json; charset=UTF-8")); r.status != 200 {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
		g.clock.Add(time.Minute)
	}
}

func checkProblem(t *testing.T, r reply) {
	t.Helper()
	if ct := r.header.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("Content-Type %q", ct)
	}
	if id := r.header.Get("X-Request-ID"); id == "" || id != r.field("request_id") {
		t.Errorf("request id %q in the header, %q in the body", id, r.field("request_id"))
	}
	if r.field("title") == "" || r.field("detail") == "" || r.field("type") != problemType(switchboard.Kind(r.field("code"))) {
		t.Errorf("incomplete: %s", r.body)
	}
}

func TestOtherBadInput(t *testing.T) {
	g := start(t)
	path, bearer := g.open(nil)
	message := path + "/messages/" + g.do("POST", path+"/messages", `{"text":"hi"}`, bearer).field("id")
	tests := []struct {
		name, method, path, body string
		status                   int
		code, field              string
	}{
		{"unknown path", "GET", "/v1/nothing", "", 404, "not_found", ""},
		{"admin", "GET", "/v1/admin/keys", "", 404, "not_found", ""},
		{"console", "GET", "/console", "", 404, "not_found", ""},
		{"path with a trailing slash", "GET", "/healthz/", "", 404, "not_found", ""},
		{"unknown file", "GET", "/demo/../../etc/passwd", "", 404, "not_found", ""},
		{"unknown demo file", "GET", "/demo/none.js", "", 404, "not_found", ""},
		{"unknown docs file", "GET", "/docs/none.js", "", 404, "not_found", ""},
		{"wrong method", "PUT", path, "", 405, "method_not_allowed", ""},
		{"wrong method, static", "POST", "/healthz", "", 405, "method_not_allowed", ""},
		{"invented method", "BREW", path + "/messages", "", 405, "method_not_allowed", ""},
		{"locale", "POST", "/v1/conversations", `{"locale":"../en"}`, 400, "invalid_field", "locale"},
		{"locale type", "POST", "/v1/conversations", `{"locale":["en"]}`, 400, "invalid_field", "locale"},
		{"context type", "POST", "/v1/conversations", `{"context":{"page":{"url":"x"}}}`, 400, "invalid_field", "context.page"},
		{"context size", "POST", "/v1/conversations", `{"context":{"a":"` + strings.Repeat("x", 501) + `"}}`, 400, "invalid_field", "context.a"},
		{"opening, unknown", "POST", "/v1/conversations", `{"audience":"internal"}`, 400, "invalid_field", "audience"},
		{"audience", "POST", "/v1/conversations", `{"audiences":["business","Big Business"]}`, 400, "invalid_field", "audiences.1"},
		{"audience of a context", "POST", "/v1/conversations", `{"context":{"audiences":["internal"]}}`, 400, "invalid_field", "context.audiences"},
		{"audience of a message", "POST", path + "/messages", `{"text":"hi","audiences":["internal"]}`, 400, "invalid_field", "audiences"},
		{"rating", "POST", message + "/feedback", `{"rating":"great"}`, 400, "invalid_field", "rating"},
		{"no rating", "POST", message + "/feedback", `{}`, 400, "invalid_field", "rating"},
		{"long comment", "POST", message + "/feedback", `{"rating":"up","comment":"` + strings.Repeat("x", 2001) + `"}`, 400, "invalid_field", "comment"},
		{"another message", "POST", path + "/messages/msg_none/feedback", `{"rating":"up"}`, 404, "not_found", ""},
		{"score too high", "POST", path + "/csat", `{"score":6}`, 400, "invalid_field", "score"},
		{"score missing", "POST", path + "/csat", `{}`, 400, "invalid_field", "score"},
		{"score not whole", "POST", path + "/csat", `{"score":4.5}`, 400, "invalid_field", "score"},
		{"score as text", "POST", path + "/csat", `{"score":"5"}`, 400, "invalid_field", "score"},
		{"score far too high", "POST", path + "/csat", `{"score":1e400}`, 400, "invalid_field", "score"},
		{"contact", "POST", path + "/handoff", `{"contact":"` + strings.Repeat("x", 201) + `"}`, 400, "invalid_field", "contact"},
		{"contact with null", "POST", path + "/handoff", `{"contact":"\u0000"}`, 400, "invalid_field", "contact"},
		{"stream of nothing", "GET", path + "/messages/msg_none/stream", "", 404, "not_found", ""},
		{"no query", "GET", "/v1/kb/search", "", 400, "invalid_field", "q"},
		{"query of UTF-8", "GET", "/v1/kb/search?q=%ff", "", 400, "invalid_field", "q"},
		{"long query", "GET", "/v1/kb/search?q=" + strings.Repeat("x", 1001), "", 400, "invalid_field", "q"},
		{"k", "GET", "/v1/kb/search?q=a&k=0", "", 400, "invalid_field", "k"},
		{"k as text", "GET", "/v1/kb/search?q=a&k=ten", "", 400, "invalid_field", "k"},
		{"lang", "GET", "/v1/kb/search?q=a&lang=e", "", 400, "invalid_field", "lang"},
		{"as_of", "GET", "/v1/kb/search?q=a&as_of=yesterday", "", 400, "invalid_field", "as_of"},
		{"by", "GET", "/v1/kb/search?q=a&by=luck", "", 400, "invalid_field", "by"},
		{"audience of a search", "GET", "/v1/kb/search?q=a&audience=a%00", "", 400, "invalid_field", "audience.0"},
		{"many audiences", "GET", "/v1/kb/search?q=a" + strings.Repeat("&audience=a", 17), "", 400, "invalid_field", "audience"},
		{"history", "GET", "/v1/kb/search?q=a&history=a&history=%ff", "", 400, "invalid_field", "history.1"},
		{"much history", "GET", "/v1/kb/search?q=a" + strings.Repeat("&history=a", 21), "", 400, "invalid_field", "history"},
		{"nothing to manage", "GET", "/v1/admin/documents", "", 503, "unavailable", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := g.do(tt.method, tt.path, tt.body, bearer)
			if r.status != tt.status || r.field("code") != tt.code || r.field("field") != tt.field {
				t.Errorf("got %d %s, want %d %s %q", r.status, r.body, tt.status, tt.code, tt.field)
			}
			checkProblem(t, r)
			if tt.status == 405 && r.header.Get("Allow") == "" {
				t.Error("no Allow")
			}
		})
	}
	if r := g.do("GET", message+"/stream", "", with(bearer, "Last-Event-ID", "x")); r.field("field") != "Last-Event-ID" {
		t.Errorf("Last-Event-ID: %d %s", r.status, r.body)
	}
}

// A token is for one conversation, for a day, and of this gateway.
func TestTokens(t *testing.T) {
	g := start(t)
	path, bearer := g.open(nil)
	_, other := g.open(nil)
	id := strings.TrimPrefix(path, "/v1/conversations/")
	claim := claims{RegisteredClaims: jwt.RegisteredClaims{
		Issuer: tokenIssuer, Subject: id, ExpiresAt: jwt.NewNumericDate(g.clock.Now().Add(time.Hour)),
	}}
	sign := func(m jwt.SigningMethod, key any, change func(*claims)) header {
		c := claim
		if change != nil {
			change(&c)
		}
		s, err := jwt.NewWithClaims(m, c).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return header{"Authorization": "Bearer " + s}
	}
	parts := strings.Split(bearer["Authorization"], ".")
	payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
	changed := base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(payload), id, "conv_x", 1)))
	tests := []struct {
		name   string
		h      header
		status int
		code   string
	}{
		{"its own", bearer, 200, ""},
		{"made with the secret", sign(jwt.SigningMethodHS256, testSecret, nil), 200, ""},
		{"none", nil, 401, "unauthorized"},
		{"empty", header{"Authorization": "Bearer "}, 401, "unauthorized"},
		{"not a bearer", header{"Authorization": "Basic " + strings.TrimPrefix(bearer["Authorization"], "Bearer ")}, 401, "unauthorized"},
		{"of another conversation", other, 403, "forbidden"},
		{"forged signature", header{"Authorization": bearer["Authorization"] + "x"}, 401, "unauthorized"},
		{"changed", header{"Authorization": parts[0] + "." + changed + "." + parts[2]}, 401, "unauthorized"},
		{"another secret", sign(jwt.SigningMethodHS256, []byte("another secret, just as long"), nil), 401, "unauthorized"},
		{"another algorithm", sign(jwt.SigningMethodHS512, testSecret, nil), 401, "unauthorized"},
		{"no algorithm", sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil), 401, "unauthorized"},
		{"expired", sign(jwt.SigningMethodHS256, testSecret, func(c *claims) {
			c.ExpiresAt = jwt.NewNumericDate(g.clock.Now().Add(-time.Second))
		}), 401, "unauthorized"},
		{"for ever", sign(jwt.SigningMethodHS256, testSecret, func(c *claims) { c.ExpiresAt = nil }), 401, "unauthorized"},
		{"of another issuer", sign(jwt.SigningMethodHS256, testSecret, func(c *claims) { c.Issuer = "x" }), 401, "unauthorized"},
		{"of a key that is gone", sign(jwt.SigningMethodHS256, testSecret, func(c *claims) { c.Key = "key_gone" }), 401, "unauthorized"},
		{"nonsense", header{"Authorization": "Bearer a.b.c"}, 401, "unauthorized"},
	}
	for _, tt := range tests {
		for _, call := range []struct{ method, path, body string }{
			{"GET", path, ""},
			{"POST", path + "/messages", `{"text":"hi"}`},
		} {
			r := g.do(call.method, call.path, call.body, tt.h)
			if r.status != tt.status || r.field("code") != tt.code {
				t.Errorf("%s, %s: got %d %s, want %d", tt.name, call.method, r.status, r.body, tt.status)
			}
			if r.status == 401 && r.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s: no WWW-Authenticate", tt.name)
			}
		}
	}
	g.clock.Add(24*time.Hour + time.Second)
	if r := g.do("GET", path, "", bearer); r.status != 401 {
		t.Errorf("after a day: %d %s", r.status, r.body)
	}
}

// What goes wrong inside is not shown.
func TestInnerErrors(t *testing.T) {
	const inner = "pq: password authentication failed at /var/lib/x"
	tests := []struct {
		name   string
		err    error
		status int
		code   string
	}{
		{"conflict", switchboard.Errorf(switchboard.Conflict, "Seen already.").Because(errors.New(inner)), 409, "conflict"},
		{"unavailable", switchboard.Errorf(switchboard.Unavailable, "Not now.").Because(errors.New(inner)), 503, "unavailable"},
		{"a bare kind", switchboard.NotFound, 404, "not_found"},
		{"internal with a text", switchboard.Errorf(switchboard.Internal, "%s", inner), 500, "internal"},
		{"any other", errors.New(inner), 500, "internal"},
		{"an unknown kind", switchboard.Errorf("strange", "%s", inner), 500, "internal"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := start(t)
			path, bearer := g.open(nil)
			g.bot.respond = func(context.Context, switchboard.Turn, func(switchboard.Event) error) (switchboard.Answer, error) {
				return switchboard.Answer{}, tt.err
			}
			for _, accept := range []string{"application/json", "text/event-stream"} {
				r := g.do("POST", path+"/messages", `{"text":"hi"}`, with(bearer, "Accept", accept))
				if r.status != tt.status || r.field("code") != tt.code || strings.Contains(string(r.body), "pq:") {
					t.Errorf("got %d %s", r.status, r.body)
				}
				checkProblem(t, r)
			}
			r := g.do("POST", "/v1/chat/completions", `{"messages":[{"role":"user","content":"hi"}]}`, nil)
			if r.status != tt.status || r.field("error", "code") != tt.code || strings.Contains(string(r.body), "pq:") {
				t.Errorf("OpenAI: got %d %s", r.status, r.body)
			}
		})
	}
}

func TestAPanicIsAnInternalError(t *testing.T) {
	g := start(t)
	path, bearer := g.open(nil)
	g.bot.respond = func(context.Context, switchboard.Turn, func(switchboard.Event) error) (switchboard.Answer, error) {
		panic("secret")
	}
	for range 2 { // and nothing stays locked
		r := g.do("POST", path+"/messages", `{"text":"hi"}`, bearer)
		if r.status != 500 || r.field("code") != "internal" || strings.Contains(string(r.body), "secret") {
			t.Errorf("got %d %s", r.status, r.body)
		}
	}
}

func TestTwoTurnsAtOnce(t *testing.T) {
	g := start(t, func(c *Config) { c.Limits = Limits{Turns: 2} })
	first, firstBearer := g.open(nil)
	second, secondBearer := g.open(nil)
	third, thirdBearer := g.open(nil)
	busy, free := make(chan struct{}), make(chan struct{})
	g.bot.respond = func(_ context.Context, t switchboard.Turn, emit func(switchboard.Event) error) (switchboard.Answer, error) {
		busy <- struct{}{}
		<-free
		return g.bot.say(t, emit, "Done.")
	}
	results := make(chan reply, 2)
	go func() { results <- g.do("POST", first+"/messages", `{"text":"hi"}`, firstBearer) }()
	<-busy
	for _, path := range []string{"POST /messages", "DELETE "} {
		method, below, _ := strings.Cut(path, " ")
		r := g.do(method, first+below, `{"text":"hi"}`, firstBearer)
		if r.status != 409 || r.field("code") != "turn_in_progress" {
			t.Errorf("%s: got %d %s", path, r.status, r.body)
		}
	}
	go func() { results <- g.do("POST", second+"/messages", `{"text":"hi"}`, secondBearer) }()
	<-busy
	r := g.do("POST", third+"/messages", `{"text":"hi"}`, thirdBearer)
	if r.status != 503 || r.field("code") != "overloaded" || r.header.Get("Retry-After") == "" {
		t.Errorf("overloaded: got %d %s", r.status, r.body)
	}
	close(free)
	for range 2 {
		if r := <-results; r.status != 200 {
			t.Errorf("got %d %s", r.status, r.body)
		}
	}
	go func() { <-busy }()
	if r := g.do("POST", first+"/messages", `{"text":"again"}`, firstBearer); r.status != 200 {
		t.Errorf("afterwards: got %d %s", r.status, r.body)
	}
}

func TestRateLimits(t *testing.T) {
	two := session.Rate{Burst: 2, Per: time.Minute}
	pk := Key{ID: "key_pk", Publishable: true, Hash: hashOf("pk_1")}
	tests := []struct {
		name   string
		limits Limits
		h      header // of every request
	}{
		{"conversation", Limits{Conversation: two}, nil},
		{"address", Limits{IP: two}, header{"X-Forwarded-For": "203.0.113.9"}},
		{"network of an address", Limits{IP: two}, header{"X-Forwarded-For": "2001:db8::1234"}},
		{"key", Limits{Key: session.Rate{Burst: 3, Per: 90 * time.Second}}, nil}, // opening takes one
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := start(t, func(c *Config) { c.Limits, c.TrustedProxies = tt.limits, []string{"127.0.0.1"} })
			g.keys.set(pk)
			path, bearer := g.open(header{"X-Switchboard-Key": "pk_1"})
			for i, want := range []int{200, 200, 429} {
				r := g.do("POST", path+"/messages", `{"text":"hi"}`, with(bearer, "X-Forwarded-For", tt.h["X-Forwarded-For"]))
				if r.status != want {
					t.Fatalf("request %d: got %d %s", i, r.status, r.body)
				}
				if want == 429 && (r.field("code") != "rate_limited" || r.header.Get("Retry-After") != "30") {
					t.Errorf("got %s, Retry-After %q", r.body, r.header.Get("Retry-After"))
				}
			}
			g.clock.Add(30 * time.Second)
			if r := g.do("POST", path+"/messages", `{"text":"hi"}`, with(bearer, "X-Forwarded-For", tt.h["X-Forwarded-For"])); r.status != 200 {
				t.Errorf("after Retry-After: got %d %s", r.status, r.body)
			}
		})
	}
}

// A made-up X-Forwarded-For is not believed.
func TestForwardedForIsNotBelieved(t *testing.T) {
	g := start(t, func(c *Config) { c.Limits = Limits{IP: session.Rate{Burst: 1, Per: time.Hour}} })
	for range 3 {
		if r := g.do("GET", "/v1/models", "", header{"X-Forwarded-For": "203.0.113.9"}); r.status != 200 {
			t.Errorf("loopback is not limited: got %d", r.status)
		}
	}
}

func TestRequestIDs(t *testing.T) {
	g := start(t)
	for given, kept := range map[string]bool{
		"abc-DEF_1.2": true, "": false, "a b": false, "ä": false, strings.Repeat("x", 129): false, "<script>": false,
	} {
		r := g.do("GET", "/healthz", "", header{"X-Request-ID": given})
		if got := r.header.Get("X-Request-ID"); got == "" || (got == given) != kept {
			t.Errorf("%q became %q", given, got)
		}
	}
}

func TestABodyThatDoesNotArrive(t *testing.T) {
	g := start(t)
	path, bearer := g.open(nil)
	pr, pw := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), "POST", g.url+path+"/messages", pr)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", bearer["Authorization"])
	req.ContentLength = 100
	go func() { _, _ = io.WriteString(pw, `{"text":`); _ = pw.CloseWithError(io.ErrUnexpectedEOF) }()
	if resp, err := client.Do(req); err == nil {
		_ = resp.Body.Close()
	}
	if r := g.do("POST", path+"/messages", `{"text":"hi"}`, bearer); r.status != 200 {
		t.Errorf("afterwards: got %d %s", r.status, r.body)
	}
}
