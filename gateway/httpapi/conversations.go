package httpapi

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"switchboard"
	"switchboard/gateway"
)

type welcomeBody struct {
	ID          string   `json:"id"`
	Token       string   `json:"token"`
	Greeting    string   `json:"greeting"`
	Disclosure  string   `json:"disclosure"`
	Suggestions []string `json:"suggestions"`
}

// open begins a conversation. Whose documents may answer in it is settled here, once.
func (s *Server) open(c *gin.Context, who caller) error {
	var in openingBody
	if err := decodeBody(c, maxBody, strict, true, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	audiences, err := s.audiences(who, "audiences", in.Audiences, in.Identity)
	if err != nil {
		return err
	}
	w, err := s.bot.Open(c.Request.Context(), gateway.Opening{Locale: in.Locale, Context: in.Context, Audiences: audiences})
	if err != nil {
		return err
	}
	token, err := s.tokens.sign(w.Conversation.ID, who.key.ID)
	if err != nil {
		return err
	}
	writeJSON(c, http.StatusCreated, jsonType, welcomeBody{
		ID: w.Conversation.ID, Token: token, Greeting: w.Greeting, Disclosure: w.Disclosure, Suggestions: w.Suggestions,
	})
	return nil
}

// message is one turn.
func (s *Server) message(c *gin.Context, who caller) error {
	arrived := time.Now()
	var in messageBody
	if err := decodeBody(c, maxBody, strict, false, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	t := switchboard.Turn{
		ConversationID: c.Param("id"), ClientMessageID: in.ClientMessageID, Text: in.Text,
		Key: who.key.ID, Deadline: arrived.Add(s.limits.TurnTimeout),
	}
	leave, err := s.enter(c.Request.Context(), &t, t.ConversationID)
	if err != nil {
		return err
	}
	defer leave()
	if err := s.withinQuotas(c, t); err != nil {
		return err
	}
	if wantsEvents(c.Request) {
		return s.streamTurn(c, t)
	}
	return s.wholeTurn(c, t)
}

// wholeTurn answers a message in one piece.
func (s *Server) wholeTurn(c *gin.Context, t switchboard.Turn) error {
	answer, err := s.bot.Respond(c.Request.Context(), t, func(e switchboard.Event) error {
		if e.Kind == switchboard.EventStart && e.Answer.Action != "" {
			c.Writer.Header()["Idempotent-Replayed"] = []string{"true"}
		}
		return nil
	})
	if answer.ID == "" { // with an id it is recorded, whatever happened to the context meanwhile
		return err
	}
	tellModels(c.Writer.Header(), answer)
	s.hurryReader(c)
	writeJSON(c, http.StatusOK, jsonType, answer)
	return nil
}

// transcriptBody is a conversation as its customer sees it: messages of both sides, oldest first.
type transcriptBody struct {
	ID         string               `json:"id"`
	Locale     string               `json:"locale"`
	Disclosure string               `json:"disclosure"`
	CreatedAt  time.Time            `json:"created_at"`
	Handoff    *switchboard.Handoff `json:"handoff"`
	WithHuman  bool                 `json:"with_human,omitzero"`
	Messages   []any                `json:"messages"` // of userMessage, switchboard.Answer and agentMessage, oldest first
}

type userMessage struct {
	ClientMessageID string             `json:"client_message_id,omitzero"`
	Role            switchboard.Role   `json:"role"`
	Text            switchboard.Masked `json:"text"`
	CreatedAt       time.Time          `json:"created_at"`
}

func (s *Server) transcript(c *gin.Context, _ caller) error {
	conv, err := s.bot.Conversation(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	writeJSON(c, http.StatusOK, jsonType, transcriptOf(conv))
	return nil
}

func transcriptOf(conv switchboard.Conversation) transcriptBody {
	out := transcriptBody{
		ID: conv.ID, Locale: conv.Locale, Disclosure: conv.Disclosure, CreatedAt: conv.CreatedAt, Handoff: conv.Handoff, WithHuman: conv.WithHuman,
		Messages: make([]any, 0, 2*len(conv.Turns)),
	}
	for _, t := range conv.Turns {
		out.Messages = append(out.Messages, userMessage{
			ClientMessageID: t.ClientMessageID, Role: switchboard.RoleUser, Text: t.Question, CreatedAt: t.StartedAt,
		}, t.Answer)
	}
	out.Messages = withAgent(out.Messages, conv)
	return out
}

// exportBody is all that is kept of a conversation that is its customer's: not how the reply came about, which "why" says.
type exportBody struct {
	transcriptBody
	Context   map[string]string               `json:"context"`
	Audiences []string                        `json:"audiences"`
	Feedback  map[string]switchboard.Feedback `json:"feedback"`
	CSAT      *switchboard.CSAT               `json:"csat"`
	Handoffs  []switchboard.HandoffRequest    `json:"handoffs"`
	Hidden    map[string]int                  `json:"masked"`
}

func (s *Server) export(c *gin.Context, _ caller) error {
	e, err := s.bot.Export(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	out := exportBody{
		transcriptBody: transcriptOf(e.Conversation), Context: e.Context, Audiences: e.Audiences,
		Feedback: e.Feedback, CSAT: e.CSAT, Handoffs: e.Handoffs, Hidden: e.Hidden,
	}
	if out.Context == nil {
		out.Context = map[string]string{}
	}
	if out.Feedback == nil {
		out.Feedback = map[string]switchboard.Feedback{}
	}
	if out.Hidden == nil {
		out.Hidden = map[string]int{}
	}
	if out.Audiences == nil {
		out.Audiences = []string{}
	}
	writeJSON(c, http.StatusOK, jsonType, out)
	return nil
}

// why explains a reply from the record: plainly to whom it was said, wholly to a secret key.
func (s *Server) why(c *gin.Context, who caller) error {
	w, err := s.bot.Why(c.Request.Context(), c.Param("id"), c.Param("mid"), who.secret)
	if err == nil {
		writeJSON(c, http.StatusOK, jsonType, w)
	}
	return err
}

func (s *Server) feedback(c *gin.Context, _ caller) error {
	var in feedbackBody
	if err := decodeBody(c, maxBody, strict, false, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	err := s.bot.Rate(c.Request.Context(), c.Param("id"), c.Param("mid"), in.Rating, in.Reason, in.Comment)
	if err == nil {
		noContent(c)
	}
	return err
}

func (s *Server) csat(c *gin.Context, _ caller) error {
	var in csatBody
	if err := decodeBody(c, maxBody, strict, false, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	err := s.bot.Score(c.Request.Context(), c.Param("id"), in.Score, in.Comment)
	if err == nil {
		noContent(c)
	}
	return err
}

func (s *Server) handoff(c *gin.Context, _ caller) error {
	var in handoffBody
	if err := decodeBody(c, maxBody, strict, true, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	h, err := s.bot.RequestHuman(c.Request.Context(), c.Param("id"), in.Contact, in.Note)
	if err == nil {
		writeJSON(c, http.StatusAccepted, jsonType, h)
	}
	return err
}

// erase deletes a conversation everywhere, the buffers of its streams included. No turn of it may be under way: it
// would be recorded after.
func (s *Server) erase(c *gin.Context, _ caller) error {
	ctx, id := c.Request.Context(), c.Param("id")
	unlock, err := s.lock(ctx, id)
	if err != nil {
		return err
	}
	defer unlock()
	streams, err := s.sessions.Forget(ctx, id) // first: where it fails, the customer can try again
	if err != nil {
		return err
	}
	receipt, err := s.bot.Erase(ctx, id)
	if err != nil {
		return err
	}
	if receipt.Deleted == nil {
		receipt.Deleted = map[string]int{}
	}
	receipt.Deleted["streams"] += streams
	writeJSON(c, http.StatusOK, jsonType, receipt)
	return nil
}

func noContent(c *gin.Context) {
	c.Writer.WriteHeader(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
}
