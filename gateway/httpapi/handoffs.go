package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"switchboard"
)

// Handoffs is what staff see of handoffs, and what they may do.
type Handoffs interface {
	// Handoffs lists them in a state, "" for any, the latest first; the second result is the next page's cursor.
	List(ctx context.Context, state switchboard.HandoffState, limit int, cursor string) ([]switchboard.HandoffRequest, string, error)
	Handoff(ctx context.Context, reference string) (switchboard.HandoffRequest, error)
	Deliveries(ctx context.Context, reference string) ([]switchboard.DeliveryStatus, error)
	// RetryHandoff queues again what was given up, under the same ids, and says how much that was.
	RetryHandoff(ctx context.Context, reference string) (int, error)
	ReleaseHandoff(ctx context.Context, reference string) error
}

// handoffItem is a handoff in full, with how its deliveries fare.
type handoffItem struct {
	switchboard.HandoffRequest

	Deliveries []switchboard.DeliveryStatus `json:"deliveries"`
}

type handoffsBody struct {
	Handoffs   []handoffItem `json:"handoffs"`
	NextCursor string        `json:"next_cursor,omitzero"`
}

var handoffStates = []switchboard.HandoffState{
	"", switchboard.HandoffRequested, switchboard.HandoffAcknowledged, switchboard.HandoffFailed, switchboard.HandoffReleased,
}

func (s *Server) listHandoffs(c *gin.Context, _ caller) error {
	p, err := readPaging(c)
	if err != nil {
		return err
	}
	state := switchboard.HandoffState(c.Query("state"))
	if !slices.Contains(handoffStates, state) {
		return switchboard.FieldError("state", "This must be one of requested, acknowledged, failed and released.")
	}
	if s.handoffs == nil {
		return noHandoffs()
	}
	list, next, err := s.handoffs.List(c.Request.Context(), state, p.limit, p.after)
	if err != nil {
		return err
	}
	out := handoffsBody{Handoffs: make([]handoffItem, len(list))}
	if next != "" {
		out.NextCursor = cursorAt(next)
	}
	for i, h := range list {
		h.Transcript = nil // one at a time
		if out.Handoffs[i], err = s.handoffItem(c.Request.Context(), h); err != nil {
			return err
		}
	}
	writeJSON(c, http.StatusOK, jsonType, out)
	return nil
}

func noHandoffs() error {
	return switchboard.Errorf(switchboard.Unavailable, "Handoffs are not shown here.")
}

func (s *Server) handoffItem(ctx context.Context, h switchboard.HandoffRequest) (handoffItem, error) {
	d, err := s.handoffs.Deliveries(ctx, h.Reference)
	if h.Transcript == nil {
		h.Transcript = []switchboard.Line{}
	}
	return handoffItem{h, d}, err
}

func (s *Server) showHandoff(c *gin.Context, _ caller) error {
	if s.handoffs == nil {
		return noHandoffs()
	}
	h, err := s.handoffs.Handoff(c.Request.Context(), c.Param("ref"))
	if err != nil {
		return err
	}
	out, err := s.handoffItem(c.Request.Context(), h)
	if err == nil {
		writeJSON(c, http.StatusOK, jsonType, out)
	}
	return err
}

func (s *Server) retryHandoff(c *gin.Context, who caller) error {
	return s.decideHandoff(c, who, "handoffs.retry", func(ctx context.Context, reference string) error {
		_, err := s.handoffs.RetryHandoff(ctx, reference)
		return err
	})
}

func (s *Server) releaseHandoff(c *gin.Context, who caller) error {
	return s.decideHandoff(c, who, "handoffs.release", func(ctx context.Context, reference string) error {
		return s.handoffs.ReleaseHandoff(ctx, reference)
	})
}

func (s *Server) decideHandoff(c *gin.Context, who caller, action string, decide func(context.Context, string) error) error {
	if s.handoffs == nil {
		return noHandoffs()
	}
	err := decide(c.Request.Context(), c.Param("ref"))
	if err == nil {
		err = s.note(c, who, action, c.Param("ref"), "")
	}
	if err != nil {
		return err
	}
	return s.showHandoff(c, who)
}

// agentMessage is what a person of the support team wrote.
type agentMessage struct {
	ID        string             `json:"id"`
	Role      switchboard.Role   `json:"role"`
	Text      switchboard.Masked `json:"text"`
	CreatedAt time.Time          `json:"created_at"`
}

// withAgent puts what people wrote where it belongs by time. A question stays with its reply.
func withAgent(messages []any, conv switchboard.Conversation) []any {
	out := make([]any, 0, len(messages)+len(conv.Agent))
	lines := conv.Agent
	take := func(before time.Time) {
		for len(lines) > 0 && (before.IsZero() || lines[0].At.Before(before)) {
			l := lines[0]
			out = append(out, agentMessage{ID: l.ID, Role: switchboard.RoleAgent, Text: l.Text, CreatedAt: l.At})
			lines = lines[1:]
		}
	}
	for i, m := range messages {
		if i%2 == 0 {
			take(conv.Turns[i/2].StartedAt)
		}
		out = append(out, m)
	}
	take(time.Time{})
	return out
}

// inboundBody is an event of the support team's side.
type inboundBody struct {
	Type string `json:"type"` // handoff.accepted, handoff.queue, handoff.message, handoff.released
	Data struct {
		Reference     string `json:"reference"`
		Text          string `json:"text"`
		QueuePosition int    `json:"queue_position"`
		ETASeconds    int    `json:"eta_seconds"`
	} `json:"data"`
}

var inboundKinds = map[string]switchboard.HandoffEventKind{
	"handoff.accepted": switchboard.HandoffAccepted, "handoff.queue": switchboard.HandoffQueue,
	"handoff.message": switchboard.HandoffMessage, "handoff.released": switchboard.HandoffClosed, "handoff.closed": switchboard.HandoffClosed,
}

// What an event may hold.
const (
	maxInbound    = 64 << 10
	maxAgentText  = 8000
	maxInboundID  = 200
	maxQueuePlace = 100_000
	maxQueueETA   = 7 * 24 * 3600
)

// handoffEvent takes in what the support team's side tells. The signature is over the bytes as they came.
func (s *Server) handoffEvent(c *gin.Context, _ caller) error {
	if s.inbound == nil {
		return switchboard.Errorf(switchboard.NotFound, "No events are taken in here.")
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxInbound))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return switchboard.Errorf(switchboard.BodyTooLarge, "The event is too large.")
		}
		return switchboard.Errorf(switchboard.InvalidJSON, "The body could not be read.")
	}
	if s.inbound(body, c.Request.Header) != nil {
		return switchboard.Errorf(switchboard.Unauthorized, "The signature is not valid, or too old.")
	}
	e, err := readEvent(body, c.GetHeader("webhook-id"))
	if err != nil {
		return err
	}
	if _, err := s.bot.HandoffEvent(c.Request.Context(), e); err != nil {
		return err
	}
	noContent(c)
	return nil
}

func readEvent(body []byte, id string) (e switchboard.HandoffEvent, err error) {
	var in inboundBody
	if json.Unmarshal(body, &in) != nil {
		return e, switchboard.Errorf(switchboard.InvalidJSON, "The body is not the JSON of an event.")
	}
	kind, known := inboundKinds[in.Type]
	d := in.Data
	switch {
	case id == "" || len(id) > maxInboundID:
		return e, switchboard.FieldError("webhook-id", "This header must name the event.")
	case !known:
		return e, switchboard.FieldError("type", "This must be handoff.accepted, handoff.queue, handoff.message or handoff.released.")
	case d.Reference == "":
		return e, switchboard.FieldError("reference", "This must be the handoff's reference.")
	case kind == switchboard.HandoffMessage && (d.Text == "" || len(d.Text) > maxAgentText):
		return e, switchboard.FieldError("text", "This must be 1 to %d bytes.", maxAgentText)
	case d.QueuePosition < 0 || d.QueuePosition > maxQueuePlace:
		return e, switchboard.FieldError("queue_position", "This must be a whole number from 0 to %d.", maxQueuePlace)
	case d.ETASeconds < 0 || d.ETASeconds > maxQueueETA:
		return e, switchboard.FieldError("eta_seconds", "This must be a whole number from 0 to %d.", maxQueueETA)
	}
	return switchboard.HandoffEvent{
		ID: id, Kind: kind, Reference: d.Reference, Text: switchboard.Masked(d.Text),
		QueuePosition: d.QueuePosition, ETA: time.Duration(d.ETASeconds) * time.Second,
	}, nil
}
