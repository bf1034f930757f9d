package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"switchboard"
)

// AuditEntry is one thing that somebody did. It holds no text of documents or customers.
type AuditEntry struct {
	ID      string    `json:"id"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`   // a key's id, or "local"
	Action  string    `json:"action"`  // "documents.edit", "kb.promote", …
	Subject string    `json:"subject"` // the id of what it was done to
	Detail  string    `json:"detail,omitzero"`
}

// Trail is the record of who did what.
type Trail interface {
	// Note adds an entry. Its ID and At are made where they are missing.
	Note(ctx context.Context, e AuditEntry) error
	// Entries returns those since a time, latest first, at most limit.
	Entries(ctx context.Context, since time.Time, limit int) ([]AuditEntry, error)
}

const maxAudit = 1000

type auditBody struct {
	Entries []AuditEntry `json:"entries"`
}

// note writes down what has been done, also where who did it has left meanwhile.
func (s *Server) note(c *gin.Context, who caller, action, subject, detail string) error {
	return s.trail.Note(context.WithoutCancel(c.Request.Context()), AuditEntry{
		Actor: who.actor(), Action: action, Subject: subject, Detail: detail,
	})
}

// audit tells who did what.
func (s *Server) audit(c *gin.Context, _ caller) error {
	limit, err := readLimit(c, maxAudit)
	if err != nil {
		return err
	}
	var since time.Time
	if at := c.Query("since"); at != "" {
		if since, err = readTime("since", at); err != nil {
			return err
		}
	}
	if s.trail == nil {
		return switchboard.Errorf(switchboard.Unavailable, "No audit trail is kept here.")
	}
	entries, err := s.trail.Entries(c.Request.Context(), since, limit)
	if err == nil {
		writeJSON(c, http.StatusOK, jsonType, auditBody{entries})
	}
	return err
}

// readTime reads a day or a time.
func readTime(field, text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t, err = time.Parse(time.DateOnly, text)
	}
	if err != nil || t.Year() < 1 {
		return t, switchboard.FieldError(field, "This must be a date such as 2026-01-31, or an RFC 3339 time.")
	}
	return t, nil
}
