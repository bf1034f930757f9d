package httpapi

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"switchboard"
)

type healthBody struct {
	Status string `json:"status"`
}

// alive says that the process serves requests, and no more.
func (s *Server) alive(c *gin.Context, _ caller) error {
	writeJSON(c, http.StatusOK, jsonType, healthBody{"ok"})
	return nil
}

// ready says whether requests should be sent here, and which part is missing if not.
func (s *Server) ready(c *gin.Context, _ caller) error {
	missing := map[string]string{}
	if s.draining.Load() {
		missing["server"] = "draining"
	}
	if s.parts != nil {
		for _, p := range s.parts(c.Request.Context()) {
			if p.Err != nil {
				missing[p.Name] = "not ready"
				s.log.WarnContext(c.Request.Context(), "not ready", "part", p.Name, "error", p.Err)
			}
		}
	}
	if len(missing) > 0 {
		c.Writer.Header()["Retry-After"] = []string{"1"}
		writeProblem(c, switchboard.Errorf(switchboard.Unavailable, "The gateway is not ready."), missing)
		return nil
	}
	writeJSON(c, http.StatusOK, jsonType, healthBody{"ready"})
	return nil
}
