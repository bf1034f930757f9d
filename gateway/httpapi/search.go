package httpapi

import (
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"switchboard"
	"switchboard/kb"
)

// Bounds of a search.
const (
	defaultK = 10
	maxK     = 100
	maxQuery = 1000 // characters
)

type searchBody struct {
	Snapshot string                `json:"snapshot"`
	Results  []switchboard.Passage `json:"results"`
}

// search asks the knowledge base of the release in use.
func (s *Server) search(c *gin.Context, _ caller) error {
	q, err := searchQuery(c)
	if err != nil {
		return err
	}
	snapshot, found, err := s.bot.Search(c.Request.Context(), q)
	if err != nil {
		return err
	}
	writeJSON(c, http.StatusOK, jsonType, searchBody{Snapshot: snapshot, Results: found})
	return nil
}

func searchQuery(c *gin.Context) (kb.Query, error) {
	q := kb.Query{Text: c.Query("q"), K: defaultK, Lang: c.Query("lang")}
	switch {
	case !utf8.ValidString(q.Text) || strings.IndexByte(q.Text, 0) >= 0:
		return q, switchboard.FieldError("q", "This must be text in UTF-8.")
	case !strings.ContainsFunc(q.Text, visible):
		return q, switchboard.FieldError("q", "This must not be empty.")
	case utf8.RuneCountInString(q.Text) > maxQuery:
		return q, switchboard.FieldError("q", "This must be at most %d characters.", maxQuery)
	case q.Lang != "" && !isLocale(q.Lang):
		return q, switchboard.FieldError("lang", `This must be a language such as "en".`)
	}
	var err error
	if k := c.Query("k"); k != "" {
		if q.K, err = strconv.Atoi(k); err != nil || q.K < 1 || q.K > maxK {
			return q, switchboard.FieldError("k", "This must be a whole number from 1 to %d.", maxK)
		}
	}
	if at := c.Query("as_of"); at != "" {
		if q.AsOf, err = time.Parse(time.RFC3339, at); err != nil {
			q.AsOf, err = time.Parse(time.DateOnly, at)
		}
		if err != nil {
			return q, switchboard.FieldError("as_of", "This must be a date such as 2026-01-31, or an RFC 3339 time.")
		}
	}
	switch by := c.Query("by"); by {
	case "", "passage":
	case "document":
		q.ByDocument = true
	default:
		return q, switchboard.FieldError("by", `This must be "passage" or "document".`)
	}
	return q, nil
}
