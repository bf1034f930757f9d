package llm

import (
	"context"
	"errors"

	"switchboard/gateway/llm/quote"
)

// ExtractiveName is the model's name of the last link.
const ExtractiveName = "extractive"

// ErrNothingToQuote is returned by Extractive for a request without passages, or with empty ones.
var ErrNothingToQuote = errors.New("no passage to quote")

// Extractive answers by quoting the request's passages. It needs no network and no model, takes well under a
// millisecond, and never fails where there is at least one passage. The zero value is ready.
type Extractive struct{}

// Name is the name under which replies of the link are recorded.
func (Extractive) Name() string { return ExtractiveName }

// Complete emits the quoted sentences one by one, each with its marker.
func (Extractive) Complete(ctx context.Context, req Request, emit func(string) error) (Completion, error) {
	out := Completion{Model: ExtractiveName, Finish: "stop", Extractive: true}
	sentences := quote.Compose(req.Question, req.Lang, req.Passages)
	if len(sentences) == 0 {
		return out, ErrNothingToQuote
	}
	for _, sentence := range sentences {
		if ctx.Err() != nil {
			return out, &Error{Class: Cancelled, Model: ExtractiveName, Err: context.Cause(ctx)}
		}
		out.Text += sentence
		if emit == nil {
			continue
		}
		if err := emit(sentence); err != nil {
			return out, &Error{Class: Cancelled, Model: ExtractiveName, Err: err}
		}
	}
	return out, nil
}
