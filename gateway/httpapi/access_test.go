package httpapi

import (
	"errors"
	"net/http/httptest"
	"testing"
	"time"
)

const site = "https://www.operator.example"

func testKeys() []Key {
	return []Key{
		{ID: "key_pk", Publishable: true, Origins: []string{site}, Hash: hashOf("pk_1")},
		{ID: "key_app", Publishable: true, Hash: hashOf("pk_app")},
		{ID: "key_none", Hash: hashOf("sk_none")},
		{ID: "key_reader", Roles: []Role{RoleReader}, Hash: hashOf("sk_reader")},
		{ID: "key_author", Roles: []Role{RoleAuthor}, Hash: hashOf("sk_author")},
		{ID: "key_reviewer", Roles: []Role{RoleReviewer}, Hash: hashOf("sk_reviewer")},
		{ID: "key_admin", Roles: []Role{RoleAdmin}, Hash: hashOf("sk_admin")},
		{ID: "key_old", Roles: []Role{RoleAdmin}, Hash: hashOf("sk_old"), Revoked: true},
	}
}

// Who may do what, by key.
func TestKeysAndRoles(t *testing.T) {
	g := start(t)
	g.keys.set(testKeys()...)
	path, bearer := g.open(header{"Authorization": "Bearer pk_1", "Origin": site})
	message := path + "/messages/" + g.do("POST", path+"/messages", `{"text":"hi"}`, bearer).field("id")
	const hi = `{"messages":[{"role":"user","content":"hi"}]}`
	calls := []struct{ method, path, body string }{
		{"POST", "/v1/conversations", "{}"},
		{"POST", "/v1/chat/completions", hi},
		{"GET", "/v1/models", ""},
		{"GET", "/v1/kb/search?q=roaming", ""},
		{"GET", path, ""},
		{"GET", message + "/stream", ""},
		{"POST", path + "/messages", `{"text":"hi"}`},
		{"POST", message + "/feedback", `{"rating":"up"}`},
		{"POST", path + "/csat", `{"score":5}`},
		{"POST", path + "/handoff", ""},
		{"GET", "/healthz", ""},
		{"DELETE", path, ""},
	}
	tests := []struct {
		key    string
		status [12]int // of each call
	}{
		{"", [12]int{401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 200, 401}},
		{"sk_unknown", [12]int{401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 200, 401}},
		{"sk_old", [12]int{401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 200, 401}},
		{"pk_1", [12]int{201, 200, 200, 403, 403, 403, 403, 403, 403, 403, 200, 403}},
		{"sk_none", [12]int{201, 200, 200, 403, 403, 403, 403, 403, 403, 403, 200, 403}},
		{"sk_author", [12]int{201, 200, 200, 200, 403, 403, 403, 403, 403, 403, 200, 403}},
		{"sk_reviewer", [12]int{201, 200, 200, 200, 403, 403, 403, 403, 403, 403, 200, 403}},
		{"sk_reader", [12]int{201, 200, 200, 200, 200, 200, 403, 403, 403, 403, 200, 403}},
		{"sk_admin", [12]int{201, 200, 200, 200, 200, 200, 403, 403, 403, 403, 200, 200}},
	}
	for _, tt := range tests {
		for i, c := range calls {
			h := header{"Authorization": "Bearer " + tt.key}
			if i%2 == 0 { // the other way to show a key
				h = header{"X-Switchboard-Key": tt.key}
			}
			if r := g.do(c.method, c.path, c.body, h); r.status != tt.status[i] {
				t.Errorf("%q, %s %s: got %d %s, want %d", tt.key, c.method, c.path, r.status, r.body, tt.status[i])
			}
		}
	}
}

// Keys that another process creates or revokes are seen within a second.
func TestKeysChange(t *testing.T) {
	g := start(t)
	open := func(key string) int {
		return g.do("POST", "/v1/conversations", "", header{"X-Switchboard-Key": key}).status
	}
	if got := open("anything"); got != 201 {
		t.Errorf("no key yet: %d", got)
	}
	g.keys.set(Key{ID: "key_1", Hash: hashOf("sk_1")})
	g.clock.Add(keysFresh)
	if got := open("anything"); got != 401 {
		t.Errorf("another key: %d", got)
	}
	if got := open("sk_1"); got != 201 {
		t.Errorf("the new key: %d", got)
	}
	path, bearer := g.open(header{"X-Switchboard-Key": "sk_1"})
	g.keys.set(Key{ID: "key_1", Hash: hashOf("sk_1"), Revoked: true})
	g.clock.Add(keysFresh)
	if got := open("sk_1"); got != 401 {
		t.Errorf("the revoked key: %d", got)
	}
	if got := open(""); got != 401 {
		t.Errorf("revoking the last key must not open the gateway: %d", got)
	}
	if got := g.do("GET", path, "", bearer).status; got != 401 {
		t.Errorf("a conversation of the revoked key: %d", got)
	}
}

// Keys that cannot be read are used for a minute longer.
func TestKeysCannotBeRead(t *testing.T) {
	g := start(t)
	g.keys.set(testKeys()...)
	call := func() int { return g.do("GET", "/v1/models", "", header{"Authorization": "Bearer sk_reader"}).status }
	if got := call(); got != 200 {
		t.Fatalf("before: %d", got)
	}
	g.keys.mu.Lock()
	g.keys.err = errors.New("disk gone")
	g.keys.mu.Unlock()
	g.clock.Add(10 * time.Second)
	if got := call(); got != 200 {
		t.Errorf("soon after: %d", got)
	}
	g.clock.Add(2 * time.Minute)
	if got := call(); got != 503 {
		t.Errorf("long after: %d", got)
	}
}

// A publishable key works on its pages, and so do the tokens that it opened.
func TestOrigins(t *testing.T) {
	g := start(t)
	g.keys.set(testKeys()...)
	path, bearer := g.open(header{"Authorization": "Bearer pk_1"})
	tests := []struct {
		name   string
		h      header
		status int
	}{
		{"its page", header{"Origin": site}, 201},
		{"not a browser", header{}, 201},
		{"its own page", header{"Sec-Fetch-Site": "same-origin"}, 201},
		{"another page", header{"Origin": "https://evil.example"}, 403},
		{"without TLS", header{"Origin": "http://www.operator.example"}, 403},
		{"another port", header{"Origin": site + ":8443"}, 403},
		{"a suffix", header{"Origin": site + ".evil.example"}, 403},
		{"a subdomain", header{"Origin": "https://a.www.operator.example"}, 403},
		{"upper case", header{"Origin": "https://WWW.operator.example"}, 403},
		{"no origin", header{"Origin": "null"}, 403},
		{"local", header{"Origin": "http://localhost:3000"}, 403},
		{"a page that hides it", header{"Sec-Fetch-Site": "cross-site"}, 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, key := range []string{"pk_1", "pk_app"} {
				want := tt.status
				if key == "pk_app" && tt.h["Origin"] != "" {
					want = 403 // it has no pages
				}
				r := g.do("POST", "/v1/conversations", "", with(tt.h, "Authorization", "Bearer "+key))
				if r.status != want || want == 403 && r.field("code") != "origin_not_allowed" {
					t.Errorf("%s: got %d %s, want %d", key, r.status, r.body, want)
				}
			}
			r := g.do("GET", path, "", with(tt.h, "Authorization", bearer["Authorization"]))
			if (r.status == 200) != (tt.status == 201) {
				t.Errorf("token: got %d %s", r.status, r.body)
			}
			if r := g.do("GET", "/v1/models", "", with(tt.h, "Authorization", "Bearer sk_reader")); r.status != 200 {
				t.Errorf("a secret key is not bound: got %d %s", r.status, r.body)
			}
		})
	}
}

func TestCORS(t *testing.T) {
	closed := start(t)
	closed.keys.set(testKeys()...)
	open := start(t)
	tests := []struct {
		name    string
		g       *gatewayUnderTest
		origin  string
		allowed bool
	}{
		{"a page of a key", closed, site, true},
		{"another page", closed, "https://evil.example", false},
		{"a local page", closed, "http://localhost:3000", false},
		{"null", closed, "null", false},
		{"a star", closed, "*", false},
		{"no keys, a local page", open, "http://localhost:3000", true},
		{"no keys, another local page", open, "http://127.0.0.1:8080", true},
		{"no keys, another page", open, "https://evil.example", false},
		{"no keys, a name that looks local", open, "http://localhost.evil.example", false},
		{"no keys, null", open, "null", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := header{"Origin": tt.origin}
			pre := tt.g.do("OPTIONS", "/v1/conversations", "", with(h,
				"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,content-type"))
			real := tt.g.do("POST", "/v1/conversations", "", with(h, "Authorization", "Bearer pk_1"))
			for _, r := range []reply{pre, real} {
				want := ""
				if tt.allowed {
					want = tt.origin
				}
				if got := r.header.Get("Access-Control-Allow-Origin"); got != want {
					t.Errorf("%d: Access-Control-Allow-Origin %q, want %q", r.status, got, want)
				}
				if r.header.Get("Vary") != "Origin" || r.header.Get("Access-Control-Allow-Credentials") != "" {
					t.Errorf("Vary %q, credentials %q", r.header.Get("Vary"), r.header.Get("Access-Control-Allow-Credentials"))
				}
			}
			if tt.allowed {
				if pre.status != 204 || real.status != 201 {
					t.Errorf("got %d and %d %s", pre.status, real.status, real.body)
				}
				if got := pre.header.Get("Access-Control-Allow-Headers"); got != "Authorization, Content-Type, Last-Event-ID, X-Switchboard-Key" {
					t.Errorf("headers %q", got)
				}
				return
			}
			if pre.status != 403 || pre.field("code") != "origin_not_allowed" || real.status != 403 {
				t.Errorf("got %d %s and %d %s", pre.status, pre.body, real.status, real.body)
			}
		})
	}
	r := closed.do("POST", "/v1/conversations", "{", header{"Origin": site, "Authorization": "Bearer pk_1"})
	if r.status != 400 || r.header.Get("Access-Control-Allow-Origin") != site {
		t.Errorf("a page must be able to read errors: %d %v", r.status, r.header)
	}
	if r := closed.do("OPTIONS", "/v1/conversations", "", nil); r.status != 405 || r.header.Get("Allow") == "" {
		t.Errorf("OPTIONS that is no preflight: %d", r.status)
	}
}

// While no key exists, only this machine is served, under names that can only mean this machine.
func TestOpenGatewayIsLocal(t *testing.T) {
	g := start(t)
	for host, want := range map[string]int{
		"localhost": 200, "LOCALHOST:8080": 200, "127.0.0.1": 200, "127.0.0.9:1": 200, "[::1]": 200, "[::1]:8080": 200,
		"evil.example": 403, "evil.example:8080": 403, "localhost.evil.example": 403, "192.0.2.1": 403, "0.0.0.0": 403,
		"127.0.0.1.nip.io": 403,
	} {
		if r := g.do("GET", "/v1/models", "", header{"Host": host}); r.status != want {
			t.Errorf("Host %s: got %d %s", host, r.status, r.body)
		}
	}
	for peer, want := range map[string]int{
		"127.0.0.1:5000": 200, "[::1]:5000": 200, "[::ffff:127.0.0.1]:5000": 200, "192.0.2.7:5000": 403, "[2001:db8::1]:5000": 403, "@": 403,
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "http://localhost/v1/models", nil)
		r.RemoteAddr = peer
		r.Header.Set("X-Forwarded-For", "127.0.0.1")
		g.server.Handler().ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("peer %s: got %d %s", peer, w.Code, w.Body)
		}
	}
}
