package llm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"switchboard"
)

const (
	maxText = 1 << 20 // bytes of a reply; more is no support answer
	// grace is how long the rest of a response, with the usage, is awaited after the model has said why it stopped.
	grace = 250 * time.Millisecond
)

// Model is one upstream that speaks OpenAI's chat completions. It is safe for concurrent use.
type Model struct {
	cfg    ModelConfig
	client *openai.Client
	base   *http.Transport
}

// NewModel returns the model, or everything that is wrong with its configuration. It connects to nothing.
func NewModel(c ModelConfig) (*Model, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("model %q: %w", c.Name, err)
	}
	m := &Model{cfg: c.withDefaults(), base: newTransport()}
	settings := openai.DefaultConfig(c.APIKey)
	settings.BaseURL = c.BaseURL
	settings.EmptyMessagesLimit = math.MaxUint
	settings.HTTPClient = &http.Client{
		Transport: &mender{base: m.base, now: time.Now},
		// A redirect would take the key and the customer's words elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	m.client = openai.NewClientWithConfig(settings)
	return m, nil
}

// Name is the model's name by configuration.
func (m *Model) Name() string { return m.cfg.Name }

// Close closes idle connections. Calls under way go on.
func (m *Model) Close() { m.base.CloseIdleConnections() }

// attempt is one call as it goes.
type attempt struct {
	text   strings.Builder
	finish string
	usage  *openai.Usage
	begun  time.Time
	first  time.Duration // until the first content
	opened bool          // the response's header arrived
}

// Complete asks the model once. The completion has exactly one attempt, with what was generated and what it cost, also
// where an error is returned.
//
// Where the upstream reports no usage, tokens are estimated at four bytes each. An attempt that the upstream refused,
// or that never reached it, costs nothing; one that was broken off counts what was sent and what had arrived.
func (m *Model) Complete(ctx context.Context, req Request, emit func(string) error) (Completion, error) {
	a := &attempt{begun: time.Now()}
	run, dog := watch(ctx, m.cfg)
	defer dog.stop()
	err := m.stream(ctx, run, dog, a, req, emit)
	total := time.Since(a.begun)

	outcome := OK
	if err != nil {
		err.Model = m.cfg.Name
		outcome = err.Class
	}
	input, output := a.tokens(req.Messages, err)
	c := Completion{
		Model: m.cfg.Name, Text: a.text.String(), Finish: a.finish,
		Attempts: []switchboard.Attempt{{
			Model: m.cfg.Name, Outcome: string(outcome), FirstToken: a.first, Total: total,
			InputTokens: input, OutputTokens: output, Cost: m.cfg.Price.cost(input, output),
		}},
	}
	if err != nil {
		return c, err
	}
	return c, nil
}

// stream sends the request and takes in the reply.
func (m *Model) stream(
	ctx, run context.Context, dog *watchdog, a *attempt, req Request, emit func(string) error,
) *Error {
	s, err := m.client.CreateChatCompletionStream(run, m.wire(req))
	if err != nil {
		return m.broken(ctx, run, err, false)
	}
	defer s.Close()
	a.opened = true
	for {
		chunk, err := s.Recv()
		if err != nil {
			return m.ended(ctx, run, a, err)
		}
		if chunk.Usage != nil && chunk.Usage.PromptTokens+chunk.Usage.CompletionTokens > 0 {
			a.usage = chunk.Usage
		}
		if len(chunk.Choices) == 0 || chunk.Choices[0].Index != 0 || a.finish != "" {
			continue
		}
		if e := m.take(dog, a, chunk.Choices[0], emit); e != nil {
			return e
		}
	}
}

// take takes in one choice: content is emitted, a reason to stop is kept. Anything else is no progress.
func (m *Model) take(
	dog *watchdog, a *attempt, c openai.ChatCompletionStreamChoice, emit func(string) error,
) *Error {
	if text := c.Delta.Content; text != "" {
		dog.pause()
		if a.first == 0 {
			a.first = time.Since(a.begun)
		}
		a.text.WriteString(text)
		if a.text.Len() > maxText {
			return &Error{Class: Garbage}
		}
		if emit != nil {
			if err := emit(text); err != nil {
				return &Error{Class: Cancelled, Err: err}
			}
		}
		dog.expect(idle, m.cfg.IdleTimeout)
	}
	if c.FinishReason != "" {
		a.finish = string(c.FinishReason)
		dog.expect(finished, grace)
	}
	return nil
}

// ended says what the end of the stream means. What matters is whether the model said why it stopped, not how the
// connection closed.
func (m *Model) ended(ctx, run context.Context, a *attempt, err error) *Error {
	switch {
	case a.finish == "" && errors.Is(err, io.EOF):
		if a.text.Len() == 0 && ctx.Err() == nil {
			return &Error{Class: Empty, Status: http.StatusOK}
		}
		return m.broken(ctx, run, io.ErrUnexpectedEOF, true)
	case a.finish == "":
		return m.broken(ctx, run, err, true)
	case a.finish == string(openai.FinishReasonContentFilter):
		return &Error{Class: ContentFilter, Status: http.StatusOK}
	case a.finish == "error":
		return &Error{Class: ServerError, Status: http.StatusOK}
	case strings.TrimSpace(a.text.String()) == "":
		return &Error{Class: Empty, Status: http.StatusOK}
	}
	return nil
}

// broken classifies err.
func (m *Model) broken(ctx, run context.Context, err error, streaming bool) *Error {
	for _, own := range []error{
		openai.ErrReasoningModelMaxTokensDeprecated, openai.ErrReasoningModelLimitationsOther,
		openai.ErrReasoningSamplingUnsupported, openai.ErrChatCompletionInvalidModel,
	} {
		if errors.Is(err, own) { // nothing was sent
			return &Error{Class: BadRequest, Err: own}
		}
	}
	return classify(ctx, run, err, streaming)
}

// wire makes the request in the library's words.
func (m *Model) wire(req Request) openai.ChatCompletionRequest {
	out := openai.ChatCompletionRequest{
		Model:         m.cfg.Model,
		Messages:      make([]openai.ChatCompletionMessage, len(req.Messages)),
		Stream:        true,
		StreamOptions: &openai.StreamOptions{IncludeUsage: true},
	}
	for i, msg := range req.Messages {
		out.Messages[i] = openai.ChatCompletionMessage{Role: string(msg.Role), Content: msg.Text}
	}
	limit := m.cfg.MaxTokens
	if req.MaxTokens > 0 && (limit == 0 || req.MaxTokens < limit) {
		limit = req.MaxTokens
	}
	temperature := m.cfg.Temperature
	if req.Temperature != nil {
		temperature = req.Temperature
	}
	if reasons(m.cfg.Model) { // these take the newer limit only, and no temperature
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

// reasons reports whether the upstream's model is one of OpenAI's that reason.
func reasons(model string) bool {
	for _, prefix := range []string{"o1", "o3", "o4", "gpt-5", "gpt-6"} {
		if strings.HasPrefix(model, prefix) {
			return true
		}
	}
	return false
}

// tokens counts what the attempt used.
func (a *attempt) tokens(sent []switchboard.Message, err *Error) (input, output int) {
	if a.usage != nil {
		return a.usage.PromptTokens, a.usage.CompletionTokens
	}
	if !a.opened && err != nil {
		switch err.Class {
		case TimeoutFirstToken, Timeout, Cancelled: // the upstream may be at work, and may bill it
		default:
			return 0, 0
		}
	}
	for _, m := range sent {
		input += estimate(len(m.Text))
	}
	return input, estimate(a.text.Len())
}

// estimate is the number of tokens of a text of n bytes, by the rule of thumb for English.
func estimate(n int) int { return (n + 3) / 4 }
