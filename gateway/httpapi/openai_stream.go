package httpapi

import (
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"switchboard"
)

// chatStream writes one reply as OpenAI's chunks. It belongs to one turn and is not safe for concurrent use.
type chatStream struct {
	s         *Server
	c         *gin.Context
	out       *events // nil until there is something to say
	withUsage bool
	head      completion // what all chunks have
	whole     bool
	err       error // why the reader cannot be reached
}

// streamChat answers as a stream of chunks.
func (s *Server) streamChat(c *gin.Context, t switchboard.Turn, withUsage bool) error {
	r := &chatStream{s: s, c: c, withUsage: withUsage}
	answer, err := s.bot.Respond(c.Request.Context(), t, r.emit)
	if r.out == nil { // nothing was said: the answer can still be an error with a status
		if err == nil {
			err = switchboard.Internal
		}
		return err
	}
	defer r.out.end()
	switch {
	case r.whole:
	case answer.ID != "":
		r.finish(answer)
	default:
		s.log.ErrorContext(c.Request.Context(), "turn failed", "request_id", requestID(c), "error", err)
		r.put(openAIErrorOf(shown(err)))
		r.add([]byte(done))
		r.push()
	}
	return nil
}

// emit takes an event of the turn. Its error says that the reader is gone.
func (r *chatStream) emit(e switchboard.Event) error {
	switch e.Kind {
	case switchboard.EventStart:
		r.begin(e.Answer)
	case switchboard.EventSentence:
		if e.Text != "" {
			r.delta(replyMessage{Content: &e.Text})
		}
	case switchboard.EventDone:
		r.finish(e.Answer)
	}
	r.push()
	return r.err
}

func (r *chatStream) begin(a switchboard.Answer) {
	created := a.CreatedAt
	if created.IsZero() {
		created = time.Now()
	}
	r.head = completion{
		ID: completionID(a), Object: "chat.completion.chunk", Created: created.Unix(), Model: modelName, Fingerprint: string(a.Release),
	}
	promiseModels(r.c.Writer.Header())
	r.out = r.s.newEvents(r.c)
	empty := ""
	r.delta(replyMessage{Role: switchboard.RoleAssistant, Content: &empty, Refusal: &nothing{}})
}

func (r *chatStream) delta(m replyMessage) { r.chunk(choice{Delta: &m}) }

func (r *chatStream) chunk(c choice) {
	k := r.head
	k.Choices = []choice{c}
	r.put(k)
}

// finish sends the sources, the reason for the end with what OpenAI's shape has no place for, and the usage if wanted.
func (r *chatStream) finish(a switchboard.Answer) {
	tellModels(r.c.Writer.Header(), a)
	if list := annotations(a); len(list) > 0 {
		r.delta(replyMessage{Annotations: list})
	}
	stop := "stop"
	last := r.head
	last.Choices, last.Switchboard = []choice{{Delta: &replyMessage{}, FinishReason: &stop}}, memberOf(a)
	r.put(last)
	if r.withUsage {
		k := r.head
		k.Choices, k.Usage = []choice{}, usageOf(a)
		r.put(k)
	}
	r.add([]byte(done))
	r.push()
	r.whole = true
}

func (r *chatStream) put(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // a chunk of ours that cannot be encoded
	}
	r.add(b)
}

func (r *chatStream) add(data []byte) {
	if r.err == nil {
		r.out.add(0, data)
	}
}

// push writes the chunks that came together.
func (r *chatStream) push() {
	if r.err == nil && r.out != nil {
		r.err = r.out.push()
	}
}
