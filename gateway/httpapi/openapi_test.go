package httpapi

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
)

// Every route is in the document, and everything in the document is a route.
func TestDocumentNamesEveryRoute(t *testing.T) {
	g := start(t)
	var served, documented []string
	param := regexp.MustCompile(`[:*](\w+)`)
	for _, r := range g.server.router.Routes() {
		if r.Method != http.MethodHead {
			served = append(served, r.Method+" "+param.ReplaceAllString(r.Path, "{$1}"))
		}
	}
	var doc struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(g.do("GET", "/openapi.json", "", nil).body, &doc); err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths {
		for method := range item {
			if method != "parameters" {
				documented = append(documented, strings.ToUpper(method)+" "+path)
			}
		}
	}
	slices.Sort(served)
	slices.Sort(documented)
	if diff := cmp.Diff(served, documented); diff != "" {
		t.Errorf("routes (-) and document (+) differ: %s", diff)
	}
}

// Requests and answers are as the document says, errors included.
func TestDocumentIsTrue(t *testing.T) {
	g, _ := startManaged(t)
	path, bearer := g.open(nil)
	message := path + "/messages/" + g.do("POST", path+"/messages", `{"text":"hi"}`, bearer).field("id")
	const hi = `"messages":[{"role":"system","content":"x"},{"role":"user","content":[{"type":"text","text":"hi"}]}]`
	g.conform(bearer, []call{
		{"POST", "/v1/conversations", `{"locale":"en","context":{"page":"/"},"audiences":["business"]}`, 201, true},
		{"POST", "/v1/conversations", `{"audiences":["Business"]}`, 400, false},
		{"POST", "/v1/conversations", `{"locale":7}`, 400, false},
		{"POST", path + "/messages", `{"text":"roaming?","client_message_id":"m1"}`, 200, true},
		{"POST", path + "/messages", `{"text":""}`, 400, false},
		{"POST", path + "/messages", `{"text":"hi","x":1}`, 400, false},
		{"GET", path, "", 200, true},
		{"GET", message + "/why", "", 200, true},
		{"GET", path + "/messages/msg_none/why", "", 404, true},
		{"POST", message + "/feedback", `{"rating":"up"}`, 204, true},
		{"POST", message + "/feedback", `{"rating":"x"}`, 400, false},
		{"POST", path + "/csat", `{"score":5,"comment":"x"}`, 204, true},
		{"POST", path + "/csat", `{"score":6}`, 400, false},
		{"POST", path + "/handoff", `{"contact":"x"}`, 202, true},
		{"GET", "/v1/kb/search?q=a&k=5&lang=en&by=document&audience=business&audience=internal&history=x", "", 200, true},
		{"GET", "/v1/kb/search?q=a&k=500", "", 400, false},
		{"POST", "/v1/chat/completions", `{` + hi + `}`, 200, true},
		{"POST", "/v1/chat/completions", `{"n":2,` + hi + `}`, 400, false},
		{"GET", "/v1/models", "", 200, true},
		{"GET", "/healthz", "", 200, true},
		{"GET", "/readyz", "", 200, true},
		{"DELETE", path, "", 200, true},
		{"GET", path, "", 404, true},
	})
}

// A secret key is shown the whole record behind a reply, the conversation's holder is not.
func TestWhoSeesTheRecordBehindAReply(t *testing.T) {
	g := start(t)
	g.keys.set(Key{ID: "key_r", Roles: []Role{RoleReader}, Hash: hashOf("sk_reader")})
	path, bearer := g.open(header{"Authorization": "Bearer sk_reader"})
	why := path + "/messages/" + g.do("POST", path+"/messages", `{"text":"hi"}`, bearer).field("id") + "/why"
	if r := g.do("GET", why, "", bearer); r.status != 200 || r.field("record") != "" || r.field("explanation") == "" {
		t.Errorf("the holder: %d %s", r.status, r.body)
	}
	secret := header{"Authorization": "Bearer sk_reader"}
	if r := g.do("GET", why, "", secret); r.status != 200 || r.field("record", "attempts") == "" {
		t.Errorf("a secret key: %d %s", r.status, r.body)
	}
	g.conform(secret, []call{{"GET", why, "", 200, true}})
}

// call is a request that has a known end.
type call struct {
	method, path, body string
	status             int
	valid              bool // the request, by the document
}

// conform makes requests and holds both sides against the document.
func (g *gatewayUnderTest) conform(bearer header, calls []call) {
	t := g.t.(*testing.T)
	t.Helper()
	doc, err := libopenapi.NewDocument(g.do("GET", "/openapi.json", "", nil).body)
	if err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if ok, errs := v.ValidateDocument(); !ok {
		t.Fatalf("the document is not valid: %v", errs)
	}
	for _, c := range calls {
		t.Run(c.method+" "+c.path+" "+c.body, func(t *testing.T) {
			req := g.request(c.method, c.path, c.body, bearer)
			ok, errs := v.ValidateHttpRequest(g.request(c.method, c.path, c.body, bearer))
			if ok != c.valid {
				t.Errorf("request: valid is %v, want %v: %v", ok, c.valid, errs)
			}
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			b, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != c.status {
				t.Fatalf("got %d %s, %v", resp.StatusCode, b, err)
			}
			resp.Body = io.NopCloser(bytes.NewReader(b))
			if ok, errs := v.ValidateHttpResponse(req, resp); !ok {
				t.Errorf("answer %s: %v", b, errs)
			}
		})
	}
}

func TestPages(t *testing.T) {
	g := start(t)
	tests := []struct{ path, contentType, contains, header, value string }{
		{"/docs", "text/html; charset=utf-8", "/docs/docs.js", "Content-Security-Policy", docsPolicy},
		{"/docs/docs.js", "text/javascript; charset=utf-8", "/openapi.json", "X-Content-Type-Options", "nosniff"},
		{"/docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8", "SwaggerUIBundle", "Vary", "Accept-Encoding"},
		{"/docs/swagger-ui.css", "text/css; charset=utf-8", ".swagger-ui", "Content-Encoding", ""},
		{"/docs/favicon-32x32.png", "image/png", "PNG", "Content-Encoding", ""},
		{"/openapi.json", "application/json; charset=utf-8", `"openapi":"3.1.0"`, "Access-Control-Allow-Origin", "*"},
		{"/widget.js", "text/javascript; charset=utf-8", "", "Cross-Origin-Resource-Policy", "cross-origin"},
		{"/demo", "text/html; charset=utf-8", "widget.js", "X-Content-Type-Options", "nosniff"},
		{"/metrics", "text/plain; version=0.0.4", "switchboard_up 1", "Cache-Control", "no-store"},
	}
	for _, tt := range tests {
		r := g.do("GET", tt.path, "", nil)
		if r.status != 200 || r.header.Get("Content-Type") != tt.contentType || !strings.Contains(string(r.body), tt.contains) ||
			r.header.Get(tt.header) != tt.value {
			t.Errorf("%s: got %d %v, %d bytes", tt.path, r.status, r.header, len(r.body))
		}
		if csp := r.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "script-src 'unsafe") {
			t.Errorf("%s: Content-Security-Policy %q", tt.path, csp)
		}
	}
	if r := g.do("GET", "/docs/swagger-ui.css", "", header{"Accept-Encoding": "gzip"}); r.header.Get("Content-Encoding") != "gzip" {
		t.Errorf("compressed: %v", r.header)
	}
}
