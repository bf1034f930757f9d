package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"

	openai "github.com/sashabaranov/go-openai"

	"switchboard"
)

// openAI is OpenAI's chat completions, as most upstreams speak them, and Azure's addresses and keys for the same.
//
// The client library makes the request and sends it through the exchange. Two things it is helped with: the messages,
// whose encoding would be most of a call's cost, and a temperature of 0, which it leaves out. The stream is read by our
// own reader: the library's knows no limits, takes the end of a connection for the end of a reply and costs ten times
// as much.
type openAI struct {
	cfg      *ModelConfig
	settings openai.ClientConfig
}

func newOpenAI(c *ModelConfig) protocol {
	p := &openAI{cfg: c, settings: openai.DefaultConfig(c.APIKey)}
	p.settings.BaseURL = c.BaseURL
	return p
}

func newAzure(c *ModelConfig) protocol {
	p := &openAI{cfg: c, settings: openai.DefaultAzureConfig(c.APIKey, c.BaseURL)}
	p.settings.APIVersion = c.APIVersion
	p.settings.AzureModelMapperFunc = url.PathEscape
	return p
}

// ask implements protocol.
func (p *openAI) ask(ctx context.Context, x *exchange, req Request) error {
	settings := p.settings
	settings.HTTPClient = &sender{x, req.Messages}
	_, err := openai.NewClientWithConfig(settings).CreateChatCompletionStream(ctx, p.request(req))
	return err
}

// list implements protocol.
func (p *openAI) list() string {
	base := strings.TrimRight(p.cfg.BaseURL, "/")
	if p.cfg.API == Azure {
		return base + "/openai/models?api-version=" + url.QueryEscape(p.cfg.APIVersion)
	}
	return base + "/models"
}

// authorize implements protocol. For requests for completions, the library does it.
func (p *openAI) authorize(h http.Header) {
	switch {
	case p.cfg.APIKey == "":
	case p.cfg.API == Azure:
		h.Set(openai.AzureAPIKeyHeader, p.cfg.APIKey)
	default:
		h.Set("Authorization", "Bearer "+p.cfg.APIKey)
	}
}

// zeroTemperature stands for a temperature of 0 on the way through the library.
const zeroTemperature = math.SmallestNonzeroFloat32

// request is the request without its messages, in the library's words.
func (p *openAI) request(req Request) openai.ChatCompletionRequest {
	out := openai.ChatCompletionRequest{Model: p.cfg.Model, StreamOptions: withUsage}
	if f := req.Format; f != nil {
		out.ResponseFormat = &openai.ChatCompletionResponseFormat{
			Type:       openai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: f.Name, Schema: f.Schema, Strict: true},
		}
	}
	for _, t := range req.Tools {
		out.Tools = append(out.Tools, openai.Tool{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{
			Name: t.Name, Description: t.Description, Parameters: t.arguments(),
		}})
	}
	limit, temperature := p.cfg.asked(req)
	if reasons(p.cfg.Model) { // these take the newer limit only, and no temperature
		out.MaxCompletionTokens = limit
		return out
	}
	out.MaxTokens = limit
	if temperature != nil {
		out.Temperature = float32(*temperature)
		if out.Temperature == 0 {
			out.Temperature = zeroTemperature
		}
	}
	return out
}

var withUsage = &openai.StreamOptions{IncludeUsage: true}

// reasons reports whether the upstream's model is one of OpenAI's that reason.
func reasons(model string) bool {
	for _, prefix := range []string{"o1", "o3", "o4", "gpt-5", "gpt-6"} {
		if strings.HasPrefix(model, prefix) {
			return true
		}
	}
	return false
}

// sender is the HTTP client that the library is given for one call.
type sender struct {
	*exchange
	messages []switchboard.Message
}

// As encoding/json writes them; inside a string their quotes would be escaped.
var (
	noMessages  = []byte(`"messages":null`)
	messagesKey = []byte(`"messages":`)
	standIn     = []byte(`"temperature":1e-45`)
	zero        = []byte(`"temperature":0`)
)

// Do puts the messages into the request, and sends it.
func (s *sender) Do(req *http.Request) (*http.Response, error) {
	frame, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	before, after, _ := bytes.Cut(bytes.Replace(frame, standIn, zero, 1), noMessages)
	body := make([]byte, 0, len(frame)+size(s.messages))
	body = append(append(body, before...), messagesKey...)
	body = append(appendMessages(body, s.messages), after...)
	setBody(req, body)
	return s.exchange.Do(req)
}

// setBody gives the request another body, which may be sent more than once.
func setBody(req *http.Request, body []byte) {
	req.ContentLength = int64(len(body))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	req.Body, _ = req.GetBody()
}

// size is about how many bytes the messages take as JSON.
func size(messages []switchboard.Message) int {
	n := 64
	for _, m := range messages {
		n += len(m.Text) + len(m.Text)/16 + 64
	}
	return n
}

func appendMessages(b []byte, messages []switchboard.Message) []byte {
	b = append(b, '[')
	for i, m := range messages {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"role":`...)
		b = appendString(b, string(m.Role))
		b = append(b, `,"content":`...)
		b = append(appendString(b, m.Text), '}')
	}
	return append(b, ']')
}

// read implements protocol.
func (p *openAI) read(data []byte, d *delta) error {
	if quickChunk(data, d) {
		return nil
	}
	d.reset()
	var c chunk
	if err := json.Unmarshal(data, &c); err != nil {
		return err
	}
	c.into(d)
	return nil
}

// chunk is what is read of a chunk of a stream, or of a whole reply.
type chunk struct {
	Choices []choice `json:"choices"`
	Usage   struct {
		Input  int `json:"prompt_tokens"`
		Output int `json:"completion_tokens"`
	} `json:"usage"`
}

type choice struct {
	Index   int    `json:"index"`
	Delta   part   `json:"delta"`
	Message part   `json:"message"` // in place of the delta, where the reply was not streamed
	Finish  string `json:"finish_reason"`
}

type part struct {
	Content string `json:"content"`
	Refusal string `json:"refusal"`
	Calls   []struct {
		Index    *int   `json:"index"` // nil in a reply that was not streamed: their order is meant
		ID       string `json:"id"`
		Function struct {
			Name      string `json:"name"`
			Arguments string `json:"arguments"`
		} `json:"function"`
	} `json:"tool_calls"`
}

// into says what the chunk means.
func (c *chunk) into(d *delta) {
	d.use(c.Usage.Input, c.Usage.Output)
	if len(c.Choices) == 0 || c.Choices[0].Index != 0 {
		return
	}
	said := &c.Choices[0]
	said.Delta.into(d)
	said.Message.into(d)
	d.finish = said.Finish
}

func (p *part) into(d *delta) {
	d.say(p.Content)
	d.refusal = d.refusal || p.Refusal != ""
	for i, c := range p.Calls {
		if c.Index != nil {
			i = *c.Index
		}
		d.calls = append(d.calls, piece{index: i, id: c.ID, name: c.Function.Name, arguments: c.Function.Arguments})
	}
}

// use takes in a count of tokens. Zeros are none.
func (d *delta) use(input, output int) {
	if input+output > 0 {
		d.input, d.output, d.counted = input, output, true
	}
}

// quickChunk reads a chunk that holds nothing unusual. It reports whether it did.
func quickChunk(data []byte, d *delta) bool {
	s := scanner{b: data}
	var choices, usage bool
	s.eat('{')
	for first := true; ; first = false {
		name, ok := s.member(first)
		if !ok {
			return s.whole()
		}
		switch string(name) {
		case "choices":
			s.bad, choices = s.bad || choices, true
			quickChoices(&s, d)
		case "usage":
			s.bad, usage = s.bad || usage, true
			quickUsage(&s, d)
		default:
			s.skip(0)
		}
	}
}

// quickChoices reads a list of at most one choice. Any other than the first is nobody's.
func quickChoices(s *scanner, d *delta) {
	if s.null() {
		return
	}
	s.eat('[')
	if s.has(']') {
		return
	}
	s.eat('{')
	var index, delta, finish bool
	n := 0
	for first := true; ; first = false {
		name, ok := s.member(first)
		if !ok {
			break
		}
		switch string(name) {
		case "index":
			s.bad, index = s.bad || index, true
			n = s.count()
		case "delta":
			s.bad, delta = s.bad || delta, true
			quickDelta(s, d)
		case "finish_reason":
			s.bad, finish = s.bad || finish, true
			var reason []byte
			reason, d.buf = s.text(d.buf)
			d.finish = interned(reason)
		case "message":
			s.bad = true
		default:
			s.skip(0)
		}
	}
	s.eat(']')
	if n != 0 {
		d.text, d.finish = nil, ""
	}
}

func quickDelta(s *scanner, d *delta) {
	if s.null() {
		return
	}
	content := false
	s.eat('{')
	for first := true; ; first = false {
		name, ok := s.member(first)
		if !ok {
			return
		}
		switch string(name) {
		case "content":
			s.bad, content = s.bad || content, true
			d.text, d.buf = s.text(d.buf)
		case "refusal", "tool_calls":
			s.bad = s.bad || !s.null()
		default:
			s.skip(0)
		}
	}
}

func quickUsage(s *scanner, d *delta) {
	if s.null() {
		return
	}
	var input, output int
	var in, out bool
	s.eat('{')
	for first := true; ; first = false {
		name, ok := s.member(first)
		if !ok {
			break
		}
		switch string(name) {
		case "prompt_tokens":
			s.bad, in = s.bad || in, true
			input = s.count()
		case "completion_tokens":
			s.bad, out = s.bad || out, true
			output = s.count()
		default:
			s.skip(0)
		}
	}
	d.use(input, output)
}
