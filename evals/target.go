package evals

import (
	"context"
	"time"

	"switchboard"
)

// Script is a conversation from the customer's side.
type Script struct {
	Locale    string
	Audiences []string  // nil is the public
	AsOf      time.Time // zero is now
	Messages  []string  // each is asked when the one before has been answered
}

// Reply is what came back to the last message of a script.
type Reply struct {
	Answer  switchboard.Answer // as the customer saw it
	Elapsed time.Duration      // of the last turn, as the asking side measured it
	// Record is the turn as the ledger has it, personal data masked, with what was found and what was held back. It is
	// nil where the target does not show it.
	Record *switchboard.Turn
}

// Target is whom a run asks. It is safe for concurrent use.
//
// Ask holds one new conversation. An *Unsupported error says that the target cannot do what the script wants; any
// other error means that no reply came.
type Target interface {
	Name() string // for reports: "in process", a URL
	Ask(ctx context.Context, s Script) (Reply, error)
}

// Unsupported is an error about what cannot be done or known, as against what went wrong.
type Unsupported struct{ Text string }

// Error is the text.
func (u *Unsupported) Error() string { return u.Text }

func unsupported(text string) *Unsupported { return &Unsupported{Text: text} }
