package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"switchboard"
)

// anthropic is the Messages API with streaming, as https://docs.anthropic.com/en/api/messages-streaming describes it.
// Why it has no client library: docs/decisions/010.
type anthropic struct {
	cfg  *ModelConfig
	base string // without /v1
}

func newAnthropic(c *ModelConfig) protocol {
	return &anthropic{cfg: c, base: strings.TrimSuffix(strings.TrimRight(c.BaseURL, "/"), "/v1")}
}

// ask implements protocol.
func (p *anthropic) ask(ctx context.Context, x *exchange, req Request) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+"/v1/messages", nil)
	if err != nil {
		return err
	}
	p.authorize(r.Header)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	setBody(r, p.body(req))
	_, err = x.Do(r)
	return err
}

// list implements protocol.
func (p *anthropic) list() string { return p.base + "/v1/models" }

// authorize implements protocol.
func (p *anthropic) authorize(h http.Header) {
	h.Set("Anthropic-Version", p.cfg.APIVersion)
	if p.cfg.APIKey != "" {
		h.Set("X-Api-Key", p.cfg.APIKey)
	}
}

// body is the request as JSON.
func (p *anthropic) body(req Request) []byte {
	limit, temperature := p.cfg.asked(req)
	if limit == 0 {
		limit = DefaultAnthropicMaxTokens
	}
	b := make([]byte, 0, 128+size(req.Messages))
	b = appendString(append(b, `{"model":`...), p.cfg.Model)
	b = strconv.AppendInt(append(b, `,"max_tokens":`...), int64(limit), 10)
	if temperature != nil {
		b = strconv.AppendFloat(append(b, `,"temperature":`...), min(*temperature, 1), 'f', -1, 64)
	}
	b = append(b, `,"stream":true`...)
	system, talk := turns(req.Messages)
	if system != "" {
		b = appendString(append(b, `,"system":`...), system)
	}
	b = appendMessages(append(b, `,"messages":`...), talk)
	if f := req.Format; f != nil {
		b = append(append(b, `,"output_config":{"format":{"type":"json_schema","schema":`...), f.Schema...)
		b = append(b, "}}"...)
	}
	return append(appendTools(b, req.Tools), '}')
}

func appendTools(b []byte, tools []Tool) []byte {
	before := `,"tools":[`
	for _, t := range tools {
		b = appendString(append(append(b, before...), `{"name":`...), t.Name)
		b = appendString(append(b, `,"description":`...), t.Description)
		b = append(append(append(b, `,"input_schema":`...), t.arguments()...), '}')
		before = ","
	}
	if len(tools) > 0 {
		b = append(b, ']')
	}
	return b
}

// turns makes of the messages what the Messages API takes: the system's words apart, the others in turns that the user
// begins, none of them empty.
func turns(messages []switchboard.Message) (system string, talk []switchboard.Message) {
	talk = make([]switchboard.Message, 0, len(messages)+1)
	join := func(a, b string) string {
		if a == "" {
			return b
		}
		return a + "\n\n" + b
	}
	for _, m := range messages {
		switch last := len(talk) - 1; {
		case strings.TrimSpace(m.Text) == "":
		case m.Role == switchboard.RoleSystem:
			system = join(system, m.Text)
		case last >= 0 && talk[last].Role == m.Role:
			talk[last].Text = join(talk[last].Text, m.Text)
		case last < 0 && m.Role == switchboard.RoleAssistant:
			talk = append(talk, switchboard.Message{Role: switchboard.RoleUser, Text: "(The conversation begins.)"}, m)
		default:
			talk = append(talk, m)
		}
	}
	if len(talk) == 0 { // the instructions are all there is to answer
		return "", append(talk, switchboard.Message{Role: switchboard.RoleUser, Text: system})
	}
	return system, talk
}

// read implements protocol.
func (p *anthropic) read(data []byte, d *delta) error {
	if quickDeltaEvent(data, d) {
		return nil
	}
	d.reset()
	var e anthropicEvent
	if err := json.Unmarshal(data, &e); err != nil {
		return err
	}
	e.into(d)
	return nil
}

// anthropicEvent is what is read of the data of an event, or of a message that was not streamed.
type anthropicEvent struct {
	Type    string           `json:"type"`
	Index   int              `json:"index"` // of the block
	Message anthropicMessage `json:"message"`
	Block   anthropicBlock   `json:"content_block"`
	Delta   struct {
		Type       string `json:"type"`
		Text       string `json:"text"`
		Arguments  string `json:"partial_json"`
		StopReason string `json:"stop_reason"`
	} `json:"delta"`
	anthropicMessage
}

type anthropicMessage struct {
	Content    []anthropicBlock `json:"content"`
	StopReason string           `json:"stop_reason"`
	Usage      anthropicUsage   `json:"usage"`
}

// anthropicBlock is a text, or a call of a tool. The input of a call that is streamed begins as an empty object and comes
// in deltas.
type anthropicBlock struct {
	Type  string          `json:"type"`
	Text  string          `json:"text"`
	ID    string          `json:"id"`
	Name  string          `json:"name"`
	Input json.RawMessage `json:"input"`
}

// anthropicUsage counts tokens. What was written to the upstream's cache or read from it is part of the input, and not
// of input_tokens.
type anthropicUsage struct {
	Input   int `json:"input_tokens"`
	Written int `json:"cache_creation_input_tokens"`
	Cached  int `json:"cache_read_input_tokens"`
	Output  int `json:"output_tokens"`
}

func (u anthropicUsage) into(d *delta, final bool) {
	d.input, d.output = u.Input+u.Written+u.Cached, u.Output
	d.counted = final && u.Output > 0
}

// into says what the event means. Kinds that are not named here are no progress, new ones among them.
func (e *anthropicEvent) into(d *delta) {
	switch e.Type {
	case "message_start":
		e.Message.Usage.into(d, false)
	case "content_block_start":
		e.Block.Input = nil
		e.Block.into(d, e.Index)
	case "content_block_delta":
		switch e.Delta.Type {
		case "text_delta":
			d.say(e.Delta.Text)
		case "input_json_delta":
			d.calls = append(d.calls, piece{index: e.Index, arguments: e.Delta.Arguments})
		}
	case "message_delta":
		e.Usage.into(d, true)
		d.finish = stopReason(e.Delta.StopReason)
	case "message_stop":
		d.done = true
	case "message":
		for i, block := range e.Content {
			block.into(d, i)
		}
		e.Usage.into(d, true)
		d.finish = stopReason(e.StopReason)
	}
}

func (b anthropicBlock) into(d *delta, index int) {
	switch b.Type {
	case "text":
		d.say(b.Text)
	case "tool_use":
		d.calls = append(d.calls, piece{index: index, id: b.ID, name: b.Name, arguments: string(b.Input)})
	}
}

// stopReason puts why the model stopped in OpenAI's words.
func stopReason(reason string) string {
	switch reason {
	case "end_turn", "stop_sequence":
		return finishStop
	case "max_tokens", "model_context_window_exceeded":
		return finishLength
	case "refusal":
		return finishFilter
	case "tool_use":
		return finishTools
	}
	return reason
}

// quickDeltaEvent reads the two events that most of a stream consists of: a piece of text, and a ping. It reports
// whether it was one.
func quickDeltaEvent(data []byte, d *delta) bool {
	s := scanner{b: data}
	var kind, inner []byte
	var seen, delta, index bool
	s.eat('{')
	for first := true; ; first = false {
		name, ok := s.member(first)
		if !ok {
			break
		}
		switch string(name) {
		case "type":
			s.bad, seen = s.bad || seen, true
			kind, d.buf = s.text(d.buf)
		case "delta":
			s.bad, delta = s.bad || delta, true
			inner, d.text = quickText(&s, d)
		case "index":
			s.bad, index = s.bad || index, true
			s.count()
		default:
			return false
		}
	}
	piece := bytes.Equal(kind, []byte("content_block_delta")) && bytes.Equal(inner, []byte("text_delta"))
	return s.whole() && (piece || bytes.Equal(kind, []byte("ping")) && !delta)
}

// quickText reads the delta of a piece of text.
func quickText(s *scanner, d *delta) (kind, text []byte) {
	var seen, said bool
	s.eat('{')
	for first := true; ; first = false {
		name, ok := s.member(first)
		if !ok {
			return kind, text
		}
		switch string(name) {
		case "type":
			s.bad, seen = s.bad || seen, true
			kind, d.buf = s.text(d.buf)
		case "text":
			s.bad, said = s.bad || said, true
			text, d.buf = s.text(d.buf)
		default:
			s.bad = true
		}
	}
}
