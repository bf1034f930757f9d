package llm

import (
	"context"
	"encoding/json"

	"switchboard"
)

// Request is what a completer is asked.
type Request struct {
	// Messages are the conversation as the prompt rendered it, oldest first.
	Messages []switchboard.Message
	// Question, Lang and Passages are what the messages were made from. Passage i is citation i+1. Only completers
	// that quote use them.
	Question string
	Lang     string // BCP 47 primary tag of the question, "" if unknown
	Passages []switchboard.Passage
	// MaxTokens bounds the reply, in tokens; 0 leaves it to the model's configuration. The smaller of the two counts.
	MaxTokens int
	// Temperature overrides the model's; nil leaves it to the model's configuration.
	Temperature *float64
	// Format is the form that the reply must have; nil leaves it free. Upstreams that know no formats refuse the request.
	Format *Format
	// Tools are what the model may call instead of answering.
	Tools []Tool
	// Account is on whose behalf the request is made.
	Account Account
	// Resume is called before an attempt that follows a broken one. It returns what the reader has already been shown
	// and forgets what was unfinished. nil means that nothing is ever shown before Complete returns.
	Resume func() string
}

// Format is a JSON schema for replies.
type Format struct {
	Name   string // of letters, digits, underscores and dashes
	Schema json.RawMessage
}

// Tool is something that a model may ask its caller to do.
type Tool struct {
	Name        string // of letters, digits, underscores and dashes
	Description string
	Schema      json.RawMessage // a JSON schema of its arguments, an object; nil allows any
}

// arguments is the schema.
func (t *Tool) arguments() json.RawMessage {
	if len(t.Schema) == 0 {
		return json.RawMessage(`{"type":"object"}`)
	}
	return t.Schema
}

// ToolCall is that a model asks for it.
type ToolCall struct {
	ID        string // by the upstream, for the result to be told with
	Name      string
	Arguments string // a JSON object as the model wrote it: whole where Finish is "tool_calls"
}

// Account names those whose limits a request counts against. Both may be "".
type Account struct {
	Key          string // id of an API key
	Conversation string
}

// Completion is what became of a request. It is filled as far as things went, also when an error is returned.
type Completion struct {
	Model string // name of the model that ended the reply
	// Text is the reply as the reader should have it: what Resume last returned, and what was emitted since.
	Text       string
	Finish     string // why the model stopped: "stop", "length", "tool_calls", …
	ToolCalls  []ToolCall
	Extractive bool // the passages were quoted, no model wrote this (or its end)
	FailedOver bool // not the first link of the chain ended the reply
	Attempts   []switchboard.Attempt
}

// Completer streams a reply. Emit is called from the goroutine of Complete, with pieces of any length; when it returns
// an error the completer stops the upstream at once and returns an error that wraps it. A nil emit is allowed. Complete
// returns an error that is an [*Error] where an upstream was asked. Implementations are safe for concurrent use.
type Completer interface {
	Complete(ctx context.Context, req Request, emit func(string) error) (Completion, error)
}

// Link is a completer that a [Chain] can name in its signals.
type Link interface {
	Completer
	Name() string
}
