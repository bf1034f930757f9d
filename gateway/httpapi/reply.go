package httpapi

import (
	"context"
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"switchboard"
	"switchboard/gateway/session"
)

// part is one part of the UI message stream protocol, version 1. Which members a type has is fixed; readers refuse
// others.
type part struct {
	Type      string              `json:"type"`
	MessageID string              `json:"messageId,omitzero"` // start
	ID        string              `json:"id,omitzero"`        // text-start, text-delta, text-end
	Delta     string              `json:"delta,omitzero"`     // text-delta
	SourceID  string              `json:"sourceId,omitzero"`  // source-url, source-document
	MediaType string              `json:"mediaType,omitzero"` // source-document
	URL       string              `json:"url,omitzero"`       // source-url
	Title     string              `json:"title,omitzero"`     // source-url, source-document
	ErrorText string              `json:"errorText,omitzero"` // error
	Data      *switchboard.Answer `json:"data,omitzero"`      // data-message
}

// done is the line after the last part.
const done = "[DONE]"

// textID names the one text block of a reply.
const textID = "text"

// replyStream writes one reply as parts, to its reader and to the buffer from which another reader can go on. It
// belongs to one turn and is not safe for concurrent use.
type replyStream struct {
	s      *Server
	c      *gin.Context
	out    *events // nil until there is something to say
	buffer session.Stream
	keep   bool            // parts go to the buffer
	ctx    context.Context //nolint:containedctx // for the buffer, which outlives the reader's context
	seq    int64
	open   bool // the text block is
	said   []byte
	cited  []switchboard.Citation
	whole  bool // the last part has been written
	start  switchboard.Answer
	err    error // why the reader cannot be reached
}

// emit takes an event of the turn. Its error says that the reader is gone.
func (r *replyStream) emit(e switchboard.Event) error {
	switch e.Kind {
	case switchboard.EventStart:
		r.begin(e.Answer)
	case switchboard.EventSentence:
		r.text(e.Text)
	case switchboard.EventCitation:
		r.cite(e.Citation)
	case switchboard.EventDone:
		r.finish(e.Answer)
	}
	r.push()
	return r.err
}

// begin sends the headers and the first part. A reply that was recorded before has its action already: it is told
// from the record, and its buffer, if there still is one, is left as it is.
func (r *replyStream) begin(a switchboard.Answer) {
	r.start = a
	if a.Action != "" {
		r.c.Writer.Header()["Idempotent-Replayed"] = []string{"true"}
	} else {
		r.ctx = context.WithoutCancel(r.c.Request.Context())
		r.keep, r.buffer = true, session.Stream{Conversation: a.ConversationID, Message: a.ID}
	}
	r.c.Writer.Header()["X-Vercel-Ai-Ui-Message-Stream"] = uiStreamVersion
	promiseModels(r.c.Writer.Header())
	r.out = r.s.newEvents(r.c)
	r.put(part{Type: "start", MessageID: a.ID})
}

func (r *replyStream) text(delta string) {
	if delta == "" {
		return
	}
	if !r.open {
		r.open = true
		r.put(part{Type: "text-start", ID: textID})
	}
	r.said = append(r.said, delta...)
	r.put(part{Type: "text-delta", ID: textID, Delta: delta})
}

func (r *replyStream) cite(c switchboard.Citation) {
	r.cited = append(r.cited, c)
	r.put(sourceOf(c))
}

func sourceOf(c switchboard.Citation) part {
	if c.URL == "" {
		return part{Type: "source-document", SourceID: c.PassageID, MediaType: "text/markdown", Title: titleOf(c)}
	}
	return part{Type: "source-url", SourceID: c.PassageID, URL: c.URL, Title: c.Title}
}

// titleOf is never empty: readers refuse a document without a title.
func titleOf(c switchboard.Citation) string {
	if c.Title != "" {
		return c.Title
	}
	return c.DocumentID
}

// finish closes the text and sends the whole message.
func (r *replyStream) finish(a switchboard.Answer) {
	tellModels(r.c.Writer.Header(), a)
	r.closeText()
	r.put(part{Type: "data-message", Data: &a})
	r.put(part{Type: "finish"})
	r.last()
}

func (r *replyStream) closeText() {
	if r.open {
		r.put(part{Type: "text-end", ID: textID})
		r.open = false
	}
}

// failed ends a reply that broke after its start: the failure as a part, and a last message that is honest about it.
func (r *replyStream) failed(err error) {
	const sorry = "Sorry, something went wrong, and this reply is not complete. Please ask again."
	e := shown(err)
	if len(r.said) > 0 {
		r.text("\n\n")
	}
	r.text(sorry)
	a := r.start
	a.Action, a.Reason, a.Text = switchboard.ActionDegraded, switchboard.ReasonFailed, string(r.said)
	a.Citations = append(a.Citations, r.cited...)
	a.Handoff = &switchboard.Handoff{State: switchboard.HandoffOffered}
	r.closeText()
	r.put(part{Type: "data-message", Data: &a})
	r.put(part{Type: "error", ErrorText: e.Text})
	r.put(part{Type: "finish"})
	r.last()
}

func (r *replyStream) last() {
	r.add([]byte(done))
	r.push()
	r.whole = true
	if r.keep {
		if err := r.s.sessions.CloseStream(r.ctx, r.buffer); err != nil {
			r.s.log.WarnContext(r.ctx, "stream not closed", "error", err)
		}
	}
}

func (r *replyStream) put(p part) {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // a part of ours that cannot be encoded
	}
	r.add(b)
}

// push writes the parts that came together to the reader.
func (r *replyStream) push() {
	if r.err == nil && r.out != nil {
		r.err = r.out.push()
	}
}

// add numbers an event for the reader, and puts it into the buffer. Numbers go on where the reader is gone: who comes
// back for the rest finds it.
func (r *replyStream) add(data []byte) {
	r.seq++
	if r.err == nil {
		r.out.add(r.seq, data)
	}
	if !r.keep {
		return
	}
	if _, err := r.s.sessions.Append(r.ctx, r.buffer, data); err != nil {
		r.keep = false // a gap would be worse than no buffer
		r.s.log.WarnContext(r.ctx, "stream not kept", "error", err)
	}
}

// streamTurn answers a message as server-sent events.
func (s *Server) streamTurn(c *gin.Context, t switchboard.Turn) error {
	r := &replyStream{s: s, c: c}
	answer, err := s.bot.Respond(c.Request.Context(), t, r.emit)
	if r.out == nil { // nothing was said: the answer can still be a problem
		if err == nil {
			err = switchboard.Internal
		}
		return err
	}
	defer r.out.end()
	switch {
	case r.whole:
	case answer.ID != "": // recorded, but the reader left before it was told
		r.finish(answer)
	default:
		s.log.ErrorContext(c.Request.Context(), "turn failed", "request_id", requestID(c), "error", err)
		r.failed(err)
	}
	return nil
}

// resume tells a reply again from where its reader lost it: from the buffer while it is kept, live where the turn is
// still under way, else from the record.
func (s *Server) resume(c *gin.Context, _ caller) error {
	after, err := lastEventID(c)
	if err != nil {
		return err
	}
	id := session.Stream{Conversation: c.Param("id"), Message: c.Param("mid")}
	found, over, err := s.sessions.Read(c.Request.Context(), id, after, 0)
	if err != nil {
		return s.retell(c, id, after)
	}
	c.Writer.Header()["X-Vercel-Ai-Ui-Message-Stream"] = uiStreamVersion
	out := s.newEvents(c)
	defer out.end()
	for {
		for _, e := range found {
			if err := out.send(e.Seq, e.Data); err != nil {
				return nil
			}
			after = e.Seq
		}
		if over {
			return nil
		}
		if found, over, err = s.sessions.Read(c.Request.Context(), id, after, s.heartbeat); err != nil {
			return nil // the reader is gone, or the buffer is: it may come again, and is then told from the record
		}
	}
}

// retell streams a recorded reply. To a reader that has had a part of it, the whole message comes at once: where
// exactly the buffer had cut it is not known any more.
func (s *Server) retell(c *gin.Context, id session.Stream, after int64) error {
	conv, err := s.bot.Conversation(c.Request.Context(), id.Conversation)
	if err != nil {
		return err
	}
	for i := range conv.Turns {
		a := conv.Turns[i].Answer
		if a.ID != id.Message {
			continue
		}
		r := &replyStream{s: s, c: c, seq: after}
		defer func() { r.out.end() }()
		if after > 0 {
			c.Writer.Header()["X-Vercel-Ai-Ui-Message-Stream"] = uiStreamVersion
			r.out = s.newEvents(c)
		} else {
			r.begin(a)
			r.text(a.Text)
			for _, cite := range a.Citations {
				r.cite(cite)
			}
		}
		r.finish(a)
		return nil
	}
	return switchboard.Errorf(switchboard.NotFound, "There is no such message in this conversation.")
}

func lastEventID(c *gin.Context) (int64, error) {
	s := c.GetHeader("Last-Event-ID")
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, switchboard.FieldError("Last-Event-ID", "This must be the id of an event of this stream.")
	}
	return n, nil
}
