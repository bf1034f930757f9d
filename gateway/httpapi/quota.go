package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"switchboard"
	"switchboard/gateway/quota"
)

// Quotas bound what a day or a month may bring. [quota.Quotas] are such.
type Quotas interface {
	// Enter counts a message before its turn begins; the turn goes on with the context that is returned. At a limit that
	// refuses it is switchboard.RateLimited.
	Enter(ctx context.Context, key, conversation string) (context.Context, error)
}

type unlimited struct{}

func (unlimited) Enter(ctx context.Context, _, _ string) (context.Context, error) { return ctx, nil }

// withinQuotas counts a turn's message. A repeated one counts too: that it was answered before is found out later.
func (s *Server) withinQuotas(c *gin.Context, t switchboard.Turn) error {
	before := c.Request.Context()
	ctx, err := s.quotas.Enter(before, t.Key, t.ConversationID)
	if err == nil && ctx != before {
		c.Request = c.Request.WithContext(ctx)
	}
	return err
}

// budget tells what the models have cost in a month, this one by default.
func (s *Server) budget(c *gin.Context, _ caller) error {
	month := c.Query("month")
	if month == "" {
		month = switchboard.Month(s.now())
	}
	if _, err := time.Parse("2006-01", month); err != nil {
		return switchboard.FieldError("month", "This must be a month such as 2026-01.")
	}
	if s.statement == nil {
		return switchboard.Errorf(switchboard.Unavailable, "No record of what models cost is kept here.")
	}
	statement, err := s.statement(c.Request.Context(), month)
	if err == nil {
		writeJSON(c, http.StatusOK, jsonType, statement)
	}
	return err
}

// Statement tells what the models have cost in a month, such as "2026-11" in UTC, beside what they may cost.
type Statement func(ctx context.Context, month string) (quota.Statement, error)
