package httpapi

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"switchboard"
	"switchboard/kb/library"
)

// Bounds of the managers' routes.
const (
	maxDocumentBody = 1 << 20 // bytes of a request with a document
	maxWhy          = 500     // characters of the reason for a change
	defaultPage     = 50
	maxPage         = 200
)

// manageWithin bounds the wait for somebody else who changes the knowledge base: an import may take minutes.
const manageWithin = time.Minute

// managed runs f on the knowledge base that managers edit.
func (s *Server) managed(c *gin.Context, f func(ctx context.Context, l *library.Library) error) error {
	if s.library == nil {
		return switchboard.Errorf(switchboard.Unavailable, "No knowledge base is managed here.")
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), manageWithin)
	defer cancel()
	err := f(ctx, s.library())
	if errors.Is(err, context.DeadlineExceeded) && c.Request.Context().Err() == nil {
		busy := switchboard.Errorf(switchboard.Overloaded, "The knowledge base is being changed by somebody else. Please try again.")
		busy.RetryAfter = 5 * time.Second
		return busy.Because(err)
	}
	return err
}

// localAuthor is who acts where no key was ever made.
const localAuthor = "local"

// actor names who makes a request in the audit trail: the key's id, which never changes its meaning.
func (w caller) actor() string {
	if w.key.ID == "" {
		return localAuthor
	}
	return w.key.ID
}

// author names who makes a request for people.
func (w caller) author() string {
	if w.key.Name == "" {
		return w.actor()
	}
	return w.key.Name
}

// checkWhy wants a reason for a change.
func checkWhy(reason string) error {
	if !strings.ContainsFunc(reason, visible) {
		return switchboard.FieldError("reason", "A change needs a reason.")
	}
	return checkShort("reason", reason, maxWhy)
}

// paging is what part of a list is asked for.
type paging struct {
	limit int
	after string // what the cursor stands for: the id of the last that was seen
}

func readPaging(c *gin.Context) (p paging, err error) {
	if p.limit, err = readLimit(c, maxPage); err != nil {
		return p, err
	}
	after, err := base64.RawURLEncoding.DecodeString(c.Query("cursor"))
	if err != nil || !utf8.Valid(after) {
		return p, switchboard.FieldError("cursor", "This must be the next_cursor of a page before.")
	}
	p.after = string(after)
	return p, nil
}

func readLimit(c *gin.Context, most int) (int, error) {
	text := c.Query("limit")
	if text == "" {
		return defaultPage, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, switchboard.FieldError("limit", "This must be a whole number from 1 to %d.", most)
	}
	return n, nil
}

// cursorAt is the cursor of what comes after the one with an id.
func cursorAt(id string) string { return base64.RawURLEncoding.EncodeToString([]byte(id)) }

// readText is a member of the query that any text may stand in.
func readText(c *gin.Context, name string, most int) (string, error) {
	text := c.Query(name)
	if !utf8.ValidString(text) {
		return "", switchboard.FieldError(name, "This must be text in UTF-8.")
	}
	return text, checkShort(name, text, most)
}

// readSnapshot is the snapshot that the query names, "" where it names none.
func readSnapshot(c *gin.Context, l *library.Library, name string) (string, error) {
	id := c.Query(name)
	if id == "" {
		return "", nil
	}
	return id, l.Readable(id)
}

// readExpect is the hash that a document must have to be changed: of the body, else of If-Match, "" where neither says.
func readExpect(c *gin.Context, expect string) (string, error) {
	if expect != "" {
		if !isHash(expect) {
			return "", switchboard.FieldError("expect", "This must be the hash of a document.")
		}
		return expect, nil
	}
	match := strings.TrimSpace(c.GetHeader("If-Match"))
	if match == "" || match == "*" {
		return "", nil
	}
	hash := strings.TrimSuffix(strings.TrimPrefix(match, `"`), `"`)
	if len(match) != len(hash)+2 || !isHash(hash) {
		return "", switchboard.FieldError("If-Match", "This must be one entity tag of a document.")
	}
	return hash, nil
}

func isHash(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 32 && strings.ToLower(s) == s
}

func setETag(c *gin.Context, hash string) {
	if hash != "" {
		c.Writer.Header()["Etag"] = []string{`"` + hash + `"`}
	}
}
