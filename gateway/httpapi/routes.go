package httpapi

import (
	"net/http"

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
	{http.MethodPost, "/v1/conversations/:id/messages", holder, (*Server).message},
	{http.MethodGet, "/v1/conversations/:id/messages/:mid/stream", readers, (*Server).resume},
	{http.MethodPost, "/v1/conversations/:id/messages/:mid/feedback", holder, (*Server).feedback},
	{http.MethodPost, "/v1/conversations/:id/csat", holder, (*Server).csat},
	{http.MethodPost, "/v1/conversations/:id/handoff", holder, (*Server).handoff},

	{http.MethodPost, "/v1/chat/completions", chatters, (*Server).chat},
	{http.MethodGet, "/v1/models", chatters, (*Server).models},
	{http.MethodGet, "/v1/kb/search", staff, (*Server).search},

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
	if err := e.SetTrustedProxies(trustedProxies); err != nil {
		return nil, err
	}
	e.Use(s.identity, s.measure, s.recover, s.cors)
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
