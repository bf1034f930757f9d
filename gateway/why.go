package gateway

import (
	"context"
	"fmt"
	"strings"
	"time"

	"switchboard"
)

// Why explains one reply from its record: nothing is worked out anew.
type Why struct {
	MessageID      string             `json:"message_id"`
	ConversationID string             `json:"conversation_id"`
	Question       switchboard.Masked `json:"question"`
	AskedAt        time.Time          `json:"asked_at"`
	Action         switchboard.Action `json:"action"`
	Reason         switchboard.Reason `json:"reason"`
	// Explanation says in plain English what the rest says in numbers.
	Explanation []string               `json:"explanation"`
	Sources     []switchboard.Citation `json:"sources"`
	Checked     int                    `json:"checked"`    // sentences that were checked and let out
	Held        int                    `json:"held"`       // sentences that a check held back
	Disclosure  string                 `json:"disclosure"` // what this conversation was told about talking to a machine; "" for nothing
	Record      *WhyRecord             `json:"record,omitempty"`
}

// WhyRecord is what only those who run the gateway are shown: it would help whoever wants to get round the policy.
type WhyRecord struct {
	Release  switchboard.Release    `json:"release"` // its parts; only its id where the release is not on record
	Prompt   string                 `json:"prompt"`
	Model    string                 `json:"model"`
	Lang     string                 `json:"lang"`
	Topic    string                 `json:"topic"`
	Scope    float64                `json:"scope"` // how far inside the policy's topics, 0..1
	Evidence WhyEvidence            `json:"evidence"`
	Passages []WhyPassage           `json:"passages"` // found, best first
	Said     []switchboard.Checked  `json:"said"`
	Grounded float64                `json:"grounded"` // the lowest of a sentence, 0 where none was measured
	Stops    []switchboard.Stop     `json:"stops"`
	Attempts []WhyAttempt           `json:"attempts"`
	Choices  []string               `json:"choices"`
	Copied   string                 `json:"copied_from"` // the reply that this one repeats
	Latency  switchboard.Latency    `json:"latency_ms"`
	Usage    switchboard.Usage      `json:"usage"`
	Handoff  *switchboard.Handoff   `json:"handoff"`
	Feedback []switchboard.Feedback `json:"feedback"` // none or one
}

// WhyEvidence is how what was found was judged.
type WhyEvidence struct {
	Outcome string             `json:"outcome"` // "" where nothing was searched
	Score   float64            `json:"score"`   // probability that the passages answer, 0..1
	Signs   map[string]float64 `json:"signs"`
	Missing []string           `json:"missing"` // words of the question that no passage has
}

// WhyPassage is a passage that was found. Its text is the knowledge base's.
type WhyPassage struct {
	N          int     `json:"n"` // as Said counts them
	PassageID  string  `json:"passage_id"`
	DocumentID string  `json:"document_id"`
	Title      string  `json:"title"`
	URL        string  `json:"url"`
	Score      float64 `json:"score"`
	Coverage   float64 `json:"coverage"`
	Cited      bool    `json:"cited"`
}

// WhyAttempt is one call of a model.
type WhyAttempt struct {
	Model        string                  `json:"model"`
	Kind         switchboard.AttemptKind `json:"kind"`
	Outcome      string                  `json:"outcome"`
	FirstToken   float64                 `json:"first_token_ms"`
	Total        float64                 `json:"total_ms"`
	InputTokens  int                     `json:"input_tokens"`
	OutputTokens int                     `json:"output_tokens"`
	CostUSD      float64                 `json:"cost_usd"`
}

// WhyJournal is where Explain reads.
type WhyJournal interface {
	// Conversation returns a conversation with its latest turns, as many as the next one leans on, or
	// switchboard.NotFound. Every turn asks for it.
	Conversation(ctx context.Context, id string) (switchboard.Conversation, error)
	Turn(ctx context.Context, conversation, message string) (switchboard.Turn, error)
	Release(ctx context.Context, id switchboard.ReleaseID) (switchboard.Release, error)
	// FeedbackOn returns the customer's word on one reply, or switchboard.NotFound.
	FeedbackOn(ctx context.Context, conversation, message string) (switchboard.Feedback, error)
}

// Why explains a reply, with its whole record where full is set. NotFound: there is no such reply.
func (g *Gateway) Why(ctx context.Context, conversation, message string, full bool) (Why, error) {
	return Explain(ctx, g.journal, conversation, message, full)
}

// Explain explains a reply out of a journal, without a gateway.
func Explain(ctx context.Context, j WhyJournal, conversation, message string, full bool) (Why, error) {
	c, err := j.Conversation(ctx, conversation)
	if err != nil {
		return Why{}, err
	}
	t, err := j.Turn(ctx, conversation, message)
	if err != nil {
		return Why{}, err
	}
	w := Why{
		MessageID: t.ID, ConversationID: t.ConversationID, Question: t.Question, AskedAt: t.StartedAt, Action: t.Answer.Action,
		Reason: t.Answer.Reason, Sources: t.Answer.Citations, Checked: len(t.Said), Held: len(t.Stops), Disclosure: c.Disclosure,
	}
	w.Explanation = plainWords(t)
	if !full {
		return w, nil
	}
	w.Explanation = append(w.Explanation, innerWords(t)...)
	w.Record = recordOf(t)
	release, err := j.Release(ctx, t.Answer.Release)
	switch switchboard.KindOf(err) {
	case "":
		w.Record.Release = release
	case switchboard.NotFound:
	default:
		return Why{}, err
	}
	f, err := j.FeedbackOn(ctx, conversation, message)
	switch switchboard.KindOf(err) {
	case "":
		w.Record.Feedback = append(w.Record.Feedback, f)
		w.Explanation = append(w.Explanation, fmt.Sprintf("The customer rated it %s.", f.Rating))
	case switchboard.NotFound:
	default:
		return Why{}, err
	}
	return w, nil
}

func recordOf(t switchboard.Turn) *WhyRecord {
	cited := map[string]bool{}
	for _, c := range t.Answer.Citations {
		cited[c.PassageID] = true
	}
	passages := []WhyPassage{}
	for i, p := range t.Passages {
		passages = append(passages, WhyPassage{
			N: i + 1, PassageID: p.ID, DocumentID: p.DocumentID, Title: p.Title, URL: p.URL, Score: p.Score, Coverage: p.Coverage,
			Cited: cited[p.ID],
		})
	}
	attempts := []WhyAttempt{}
	for _, a := range t.Attempts {
		attempts = append(attempts, WhyAttempt{
			a.Model, a.Kind, a.Outcome, switchboard.Milliseconds(a.FirstToken), switchboard.Milliseconds(a.Total), a.InputTokens,
			a.OutputTokens, a.Cost.USD(),
		})
	}
	return &WhyRecord{
		Release: switchboard.Release{ID: t.Answer.Release}, Prompt: t.Answer.Prompt, Model: t.Answer.Model, Lang: t.Lang,
		Topic: t.Topic, Scope: t.Scope, Evidence: WhyEvidence{t.Evidence, t.EvidenceScore, t.Signs, t.Missing},
		Passages: passages, Said: t.Said, Grounded: t.Grounded, Stops: t.Stops, Attempts: attempts, Choices: t.Choices,
		Copied: t.CopiedFrom, Latency: t.Answer.Latency, Usage: t.Answer.Usage, Handoff: t.Answer.Handoff,
	}
}

// reasonWords say each reason to the customer. They tell how the bot works, and nothing of how it tells.
var reasonWords = map[switchboard.Reason]string{
	switchboard.ReasonGrounded:          "It was written by a language model from passages of the help articles.",
	switchboard.ReasonQuoted:            "It was quoted from the help articles.",
	switchboard.ReasonAmbiguous:         "The help articles say more than one thing about this, so it asked which one was meant.",
	switchboard.ReasonVague:             "The message said too little to search for, so it asked back.",
	switchboard.ReasonGreeting:          "The message was a greeting and needed no search.",
	switchboard.ReasonThanks:            "The message was a thank-you and needed no search.",
	switchboard.ReasonGoodbye:           "The message was a goodbye and needed no search.",
	switchboard.ReasonAboutBot:          "The message was about the assistant itself and needed no search.",
	switchboard.ReasonHumanRequested:    "The message asked for a person.",
	switchboard.ReasonNoEvidence:        "No help article answered this well enough, so it said so instead of guessing.",
	switchboard.ReasonClarifyExhausted:  "One question back did not settle what was meant, so it offered a person.",
	switchboard.ReasonUrgent:            "The message was about something urgent, for which there is a fixed reply.",
	switchboard.ReasonAngry:             "No help article answered this well enough, and the message was angry, so it offered a person.",
	switchboard.ReasonVulnerable:        "No help article answered this well enough, and the message told of a hard situation, so it offered a person.",
	switchboard.ReasonWithHuman:         "A person has taken the conversation over, and the assistant stays silent.",
	switchboard.ReasonOutOfScope:        "The message was about something that this assistant is not for.",
	switchboard.ReasonUnsafeAsk:         "The message asked for something that this assistant does not help with.",
	switchboard.ReasonModelsUnavailable: "No language model could be reached, so passages of the help articles were quoted.",
	switchboard.ReasonLimitReached:      "A limit for language models was reached, so passages of the help articles were quoted.",
	switchboard.ReasonSearchFailed:      "The help articles could not be searched.",
	switchboard.ReasonModelCut:          "The language model broke off; what was said until then had been checked.",
	switchboard.ReasonFailed:            "The reply broke off because of a fault on our side.",
	switchboard.ReasonCustomerLeft:      "The reply was stopped before it was whole.",
	switchboard.ReasonInjection:         "The message asked for something that this assistant does not do.",
	switchboard.ReasonAbuse:             "The message asked for something that this assistant does not do.",
}

// plainWords are what anybody may know of a reply.
func plainWords(t switchboard.Turn) []string {
	words := reasonWords[t.Answer.Reason]
	if words == "" { // the guards' reasons
		words = "A check held back a sentence that the help articles do not back, so what could be said safely was said instead."
	}
	out := []string{words}
	if n := len(t.Answer.Citations); n > 0 {
		titles := []string{}
		for _, c := range t.Answer.Citations {
			titles = append(titles, fmt.Sprintf("[%d] %s", c.N, c.Title))
		}
		out = append(out, "It rests on "+strings.Join(titles, ", ")+".")
	}
	if n := len(t.Said); n > 0 {
		out = append(out, fmt.Sprintf("%s checked against the help articles before it was shown.", count(n, "sentence was", "sentences were")))
	}
	return out
}

// innerWords are what those who run the gateway are told besides.
func innerWords(t switchboard.Turn) []string {
	var out []string
	if t.CopiedFrom != "" {
		out = append(out, "It repeats "+t.CopiedFrom+": the same question had just been answered.")
	}
	if t.Topic != "" {
		out = append(out, fmt.Sprintf("The policy took it for %s, %.0f %% inside its topics.", t.Topic, 100*t.Scope))
	} else if t.Answer.Reason == switchboard.ReasonOutOfScope {
		out = append(out, fmt.Sprintf("It is %.0f %% inside the policy's topics.", 100*t.Scope))
	}
	if t.Evidence != "" {
		s := fmt.Sprintf("%s found; the evidence was judged %s", count(len(t.Passages), "passage was", "passages were"), t.Evidence)
		if t.EvidenceScore > 0 {
			s += fmt.Sprintf(", with a probability of %.2f that they answer", t.EvidenceScore)
		}
		if len(t.Missing) > 0 {
			s += "; no passage has " + strings.Join(t.Missing, ", ")
		}
		out = append(out, s+".")
	}
	for _, s := range t.Stops {
		out = append(out, fmt.Sprintf("The guard %s stopped a sentence: %s.", s.Guard, strings.TrimSuffix(s.Detail, ".")))
	}
	for _, a := range t.Attempts {
		out = append(out, fmt.Sprintf("The model %s was asked: %s after %s.", a.Model, a.Outcome, a.Total.Round(time.Millisecond)))
	}
	if h := t.Answer.Handoff; h != nil {
		out = append(out, strings.TrimSpace("A handoff was "+string(h.State)+" "+h.Reference)+".")
	}
	return out
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
