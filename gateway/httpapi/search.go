package httpapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
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
	q := kb.Query{Text: c.Query("q"), K: defaultK, Lang: c.Query("lang"), History: c.QueryArray("history")}
	if err := checkQuery("q", q.Text, maxQuery); err != nil {
		return q, err
	}
	if q.Lang != "" && !isLocale(q.Lang) {
		return q, switchboard.FieldError("lang", `This must be a language such as "en".`)
	}
	if len(q.History) > maxHistory {
		return q, switchboard.FieldError("history", "There must be at most %d earlier messages.", maxHistory)
	}
	for i, message := range q.History {
		if err := checkQuery("history."+strconv.Itoa(i), message, maxText); err != nil {
			return q, err
		}
	}
	named := c.QueryArray("audience")
	if err := checkAudiences("audience", named); err != nil {
		return q, err
	}
	q.Audiences = append([]string{kb.AudiencePublic}, named...)
	slices.Sort(q.Audiences)
	q.Audiences = slices.Compact(q.Audiences)
	var err error
	if k := c.Query("k"); k != "" {
		if q.K, err = strconv.Atoi(k); err != nil || q.K < 1 || q.K > maxK {
			return q, switchboard.FieldError("k", "This must be a whole number from 1 to %d.", maxK)
		}
	}
	if at := c.Query("as_of"); at != "" {
		if q.AsOf, err = readTime("as_of", at); err != nil {
			return q, err
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

// checkQuery wants a text that can be searched for.
func checkQuery(field, text string, most int) error {
	switch {
	case !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0:
		return switchboard.FieldError(field, "This must be text in UTF-8.")
	case !strings.ContainsFunc(text, visible):
		return switchboard.FieldError(field, "This must not be empty.")
	case utf8.RuneCountInString(text) > most:
		return switchboard.FieldError(field, "This must be at most %d characters.", most)
	}
	return nil
}
