package httpapi

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"switchboard"
)

// route is one row of the face: a new route is a row here, a handler, and its entry in openapi.yaml.
type route struct {
	method, path string
	need         access
	do           func(s *Server, c *gin.Context, who caller) error
}

var routes = []route{
	{http.MethodPost, "/v1/conversations", chatters, (*Server).open},
	{http.MethodGet, "/v1/conversations/:id", readers, (*Server).transcript},
	{http.MethodDelete, "/v1/conversations/:id", erasers, (*Server).erase},
	{http.MethodGet, "/v1/conversations/:id/export", readers, (*Server).export},
	{http.MethodPost, "/v1/conversations/:id/messages", holder, (*Server).message},
	{http.MethodGet, "/v1/conversations/:id/messages/:mid/stream", readers, (*Server).resume},
	{http.MethodGet, "/v1/conversations/:id/messages/:mid/why", readers, (*Server).why},
	{http.MethodPost, "/v1/conversations/:id/messages/:mid/feedback", holder, (*Server).feedback},
	{http.MethodPost, "/v1/conversations/:id/csat", holder, (*Server).csat},
	{http.MethodPost, "/v1/conversations/:id/handoff", holder, (*Server).handoff},

	{http.MethodPost, "/v1/handoffs/events", anyone, (*Server).handoffEvent}, // it is signed

	{http.MethodPost, "/v1/chat/completions", chatters, (*Server).chat},
	{http.MethodGet, "/v1/models", chatters, (*Server).models},
	{http.MethodGet, "/v1/kb/search", staff, (*Server).search},

	{http.MethodGet, "/v1/admin/documents", staff, (*Server).documents},
	{http.MethodPost, "/v1/admin/documents", authors, (*Server).createDocument},
	{http.MethodPost, "/v1/admin/documents/preview", staff, (*Server).previewDocument},
	{http.MethodGet, "/v1/admin/documents/:id", staff, (*Server).document},
	{http.MethodPut, "/v1/admin/documents/:id", authors, (*Server).editDocument},
	{http.MethodDelete, "/v1/admin/documents/:id", authors, (*Server).removeDocument},
	{http.MethodPost, "/v1/admin/documents/:id/retire", authors, (*Server).retireDocument},
	{http.MethodGet, "/v1/admin/documents/:id/revisions", staff, (*Server).revisions},
	{http.MethodGet, "/v1/admin/documents/:id/diff", staff, (*Server).documentDiff},
	{http.MethodGet, "/v1/admin/kb/snapshots", staff, (*Server).snapshots},
	{http.MethodGet, "/v1/admin/kb/diff", staff, (*Server).snapshotDiff},
	{http.MethodGet, "/v1/admin/kb/candidate", staff, (*Server).candidate},
	{http.MethodDelete, "/v1/admin/kb/candidate", authors, (*Server).discard},
	{http.MethodPost, "/v1/admin/kb/candidate/promote", reviewers, (*Server).promote},
	{http.MethodPost, "/v1/admin/kb/rollback", reviewers, (*Server).rollback},
	{http.MethodGet, "/v1/admin/gaps", staff, (*Server).listGaps},
	{http.MethodGet, "/v1/admin/gaps/:id", staff, (*Server).showGap},
	{http.MethodPost, "/v1/admin/gaps/:id/draft", authors, (*Server).draftGap},
	{http.MethodPost, "/v1/admin/gaps/:id/case", authors, (*Server).caseGap},
	{http.MethodPost, "/v1/admin/gaps/:id/check", authors, (*Server).checkGap},
	{http.MethodPost, "/v1/admin/gaps/:id/ignore", reviewers, (*Server).ignoreGap},
	{http.MethodPost, "/v1/admin/gaps/:id/reopen", reviewers, (*Server).reopenGap},
	{http.MethodGet, "/v1/admin/handoffs", staff, (*Server).listHandoffs},
	{http.MethodGet, "/v1/admin/handoffs/:ref", staff, (*Server).showHandoff},
	{http.MethodPost, "/v1/admin/handoffs/:ref/retry", reviewers, (*Server).retryHandoff},
	{http.MethodPost, "/v1/admin/handoffs/:ref/release", reviewers, (*Server).releaseHandoff},
	{http.MethodGet, "/v1/admin/audit", staff, (*Server).audit},
	{http.MethodGet, "/v1/admin/budget", staff, (*Server).budget},

	{http.MethodGet, "/healthz", anyone, (*Server).alive},
	{http.MethodGet, "/readyz", anyone, (*Server).ready},
	{http.MethodGet, "/metrics", anyone, (*Server).metrics},
	{http.MethodGet, "/openapi.json", anyone, (*Server).openAPI},
	{http.MethodGet, "/docs", anyone, (*Server).docs},
	{http.MethodGet, "/docs/:file", anyone, (*Server).docs},
	{http.MethodGet, "/widget.js", anyone, (*Server).page},
	{http.MethodGet, "/demo", anyone, (*Server).page},
	{http.MethodGet, "/demo/:file", anyone, (*Server).page},
}

// engine builds the router.
func (s *Server) engine(trustedProxies []string) (*gin.Engine, error) {
	gin.SetMode(gin.ReleaseMode) // gin's other mode prints to the terminal
	e := gin.New()
	e.HandleMethodNotAllowed = true
	e.RedirectTrailingSlash, e.RedirectFixedPath = false, false
	e.UseRawPath, e.UnescapePathValues = true, false // a slash in an id is no slash of the path; decodeParams does the rest
	if err := e.SetTrustedProxies(trustedProxies); err != nil {
		return nil, err
	}
	e.Use(s.identity, s.measure, s.recover, s.hurryBody, s.cors)
	e.NoRoute(func(c *gin.Context) { s.fail(c, switchboard.NotFound) })
	e.NoMethod(func(c *gin.Context) { s.fail(c, switchboard.MethodNotAllowed) })
	for _, r := range routes {
		e.Handle(r.method, r.path, s.serve(r))
		if r.method == http.MethodGet && r.need == anyone { // what probes and caches ask for
			e.Handle(http.MethodHead, r.path, s.serve(r))
		}
	}
	return e, nil
}

// serve admits a request to a route and answers with the route's error, if it has one.
func (s *Server) serve(r route) gin.HandlerFunc {
	return func(c *gin.Context) {
		decodeParams(c)
		who, err := s.admit(c, r.need)
		if r.need != anyone {
			if limited := s.limit(c, who); limited != nil {
				err = limited
			}
		}
		if err == nil {
			err = r.do(s, c, who)
		}
		if err != nil {
			s.fail(c, err)
		}
	}
}

// decodeParams decodes what stands in the path in the place of parameters, once. Where the path needed no decoding, or
// only such as leaves no doubt, net/http has done it already.
func decodeParams(c *gin.Context) {
	if c.Request.URL.RawPath == "" {
		return
	}
	for i := range c.Params {
		if plain, err := url.PathUnescape(c.Params[i].Value); err == nil {
			c.Params[i].Value = plain
		}
	}
}
