package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"switchboard"
	"switchboard/fallback"
	"switchboard/fallback/guard"
	"switchboard/fallback/privacy"
	"switchboard/gateway/llm"
	"switchboard/kb"
	"switchboard/prompts"
)

// A turn retrieves so many passages to judge whether they answer, and shows the best of them to the model.
const (
	passagesJudged = 24
	passagesShown  = 8
)

// modelsWithin bounds the time of all models of a turn together.
const modelsWithin = 75 * time.Second

// recordWithin bounds the wait for the ledger once a reply has been said.
const recordWithin = 10 * time.Second

// Respond answers one message. The caller fills the first group of t's fields; Respond emits a start, verified
// sentences and citations as they come, and when the turn is recorded, a done with the whole answer, which it also
// returns. A nil emit is allowed.
//
// A message whose ClientMessageID is recorded already is answered from the record, and no model is called. When the
// context ends or emit fails, generation stops at once and what was said until then is recorded; the error is then
// the context's or emit's. "No answer" and "all models down" are actions with a reason, not errors; an error means
// that the conversation is unknown (switchboard.NotFound) or that the turn could not be recorded.
func (g *Gateway) Respond(
	ctx context.Context, t switchboard.Turn, emit func(switchboard.Event) error,
) (answer switchboard.Answer, err error) {
	ctx, over := g.tracer.Turn(ctx)
	defer func() { over(answer, err) }()
	w, err := g.begin(ctx, t, emit) // the conversation loaded, the release pinned, personal data masked
	if err != nil {
		return switchboard.Answer{}, err
	}
	defer w.rt.unpin()
	if w.replayed {
		return w.t.Answer, w.replay()
	}
	defer w.share()
	if w.conv.WithHuman && w.conv.Handoff != nil {
		w.silent(ctx)
		return w.record(ctx)
	}
	decision := w.route(ctx)
	if decision.Action == switchboard.ActionAnswer && w.routed.Care == "" && w.recall(ctx) { // the same question has just been answered
		return w.record(ctx)
	}
	if decision.Action == switchboard.ActionAnswer {
		decision = w.retrieve(ctx)
	}
	if decision.Action == switchboard.ActionAnswer {
		w.generate(ctx)
	} else {
		w.reply(ctx, decision)
	}
	return w.record(ctx)
}

// work is a turn under way.
type work struct {
	g        *Gateway
	rt       *pinned
	t        switchboard.Turn
	conv     switchboard.Conversation
	vault    privacy.Vault
	emit     func(switchboard.Event) error
	routed   fallback.Route
	text     strings.Builder // the reply so far, personal data masked: what is recorded
	shown    strings.Builder // the reply so far, as the customer sees it
	quotable bool            // the passages may be quoted where no model can read them
	gone     error           // why the customer's side cannot be reached, if it cannot
	replayed bool
	recorded bool
	flight   *questionKey // others may wait for this turn's answer
}

// begin opens the turn.
func (g *Gateway) begin(ctx context.Context, t switchboard.Turn, emit func(switchboard.Event) error) (*work, error) {
	w := &work{g: g, t: t, emit: emit}
	if w.emit == nil {
		w.emit = func(switchboard.Event) error { return nil }
	}
	w.t.StartedAt = g.now()
	w.t.ClientMessageID = g.clientID(t.ClientMessageID)
	if t.Opens != nil {
		w.conv, w.t.ConversationID = *t.Opens, t.Opens.ID
	} else if err := w.load(ctx); err != nil {
		return nil, err
	}
	w.rt = g.pin()
	if w.replayed {
		return w, nil
	}
	w.maskHistory(t.Opens != nil)
	w.t.ID = g.newID("msg", w.t.StartedAt)
	w.t.Question = w.rt.Masker.MaskInto(&w.vault, w.t.Text)
	w.t.Lang = languageOf(w.t.Text, w.conv)
	w.t.Answer = switchboard.Answer{
		ID: w.t.ID, ConversationID: w.t.ConversationID, Role: switchboard.RoleAssistant,
		Citations: []switchboard.Citation{}, Suggestions: []string{}, Release: w.rt.Release.ID, CreatedAt: w.t.StartedAt,
	}
	w.send(switchboard.Event{Kind: switchboard.EventStart, Answer: w.t.Answer}) //nolint:errcheck // kept in w.gone
	return w, nil
}

// randomID is the form of a UUID, whose digits may look like a phone number's.
var randomID = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// clientID is a client's own id for a message as it is recorded: one that holds personal data, such as a phone number, is
// recorded as its hash, by which a repeated message is still known.
func (g *Gateway) clientID(id string) string {
	if id == "" || randomID.MatchString(id) || string(g.mask(id)) == id {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "h_" + hex.EncodeToString(sum[:12])
}

// maskHistory masks what the caller says was said before, which is a history for this turn alone and is not recorded. What
// is recorded is masked already; its tokens are met, so that this turn's are others.
func (w *work) maskHistory(brought bool) {
	if brought {
		w.conv.Turns = slices.Clone(w.conv.Turns)
	}
	for i := range w.conv.Turns {
		t := &w.conv.Turns[i]
		if brought {
			t.Question = w.rt.Masker.MaskInto(&w.vault, t.Text)
			t.Answer.Text = string(w.rt.Masker.MaskInto(&w.vault, t.Answer.Text))
		} else {
			w.vault.Meet(string(t.Question))
		}
	}
}

// load fetches the conversation and, where the client repeats a message, the turn that answered it.
func (w *work) load(ctx context.Context) (err error) {
	if w.conv, err = w.g.journal.Conversation(ctx, w.t.ConversationID); err != nil || w.t.ClientMessageID == "" {
		return err
	}
	recorded, err := w.g.journal.TurnByClientID(ctx, w.t.ConversationID, w.t.ClientMessageID)
	if errors.Is(err, switchboard.NotFound) {
		return nil
	}
	w.t, w.replayed = recorded, err == nil
	return err
}

// replay emits a recorded answer again.
func (w *work) replay() error {
	a := w.t.Answer
	events := []switchboard.Event{{Kind: switchboard.EventStart, Answer: a}, {Kind: switchboard.EventSentence, Text: a.Text}}
	for _, c := range a.Citations {
		events = append(events, switchboard.Event{Kind: switchboard.EventCitation, Citation: c})
	}
	for _, e := range append(events, switchboard.Event{Kind: switchboard.EventDone, Answer: a}) {
		if err := w.emit(e); err != nil {
			return err
		}
	}
	return nil
}

// send emits an event. Once that has failed, nothing more is sent.
func (w *work) send(e switchboard.Event) error {
	if w.gone == nil {
		w.gone = w.emit(e)
	}
	return w.gone
}

// say shows masked text to the customer, with their own data put back.
func (w *work) say(masked string) error {
	if masked == "" {
		return w.gone
	}
	shown := privacy.Spoken(w.vault.Reveal(masked), w.t.Lang)
	if err := w.send(switchboard.Event{Kind: switchboard.EventSentence, Text: shown}); err != nil {
		return err
	}
	if w.text.Len() == 0 {
		w.t.Answer.Latency.FirstSentence = w.since(w.t.StartedAt)
	}
	w.text.WriteString(masked)
	w.shown.WriteString(shown)
	return nil
}

func (w *work) since(t time.Time) float64 { return switchboard.Milliseconds(w.g.now().Sub(t)) }

// route says what kind of turn this is.
func (w *work) route(ctx context.Context) fallback.Decision {
	in := fallback.RouteInput{Text: w.t.Question, Lang: w.t.Lang, Previous: exchanges(w.conv)}
	w.routed = w.rt.Policy.Route(in)
	// Only where the scope decides is a message's meaning worth the wait: nobody in danger waits for it.
	if w.rt.Meaning != nil && (w.routed.Kind == switchboard.ActionAnswer || w.routed.Reason == switchboard.ReasonOutOfScope) {
		if in.Vector = w.rt.Meaning(ctx, w.t.Question); in.Vector != nil {
			w.routed = w.rt.Policy.Route(in)
		}
	}
	w.t.Topic, w.t.Scope = w.routed.Topic, w.routed.Scope
	if w.routed.Kind == switchboard.ActionAnswer {
		return fallback.Decision{Action: switchboard.ActionAnswer}
	}
	return w.rt.Policy.Decide(w.routed, fallback.Evidence{}, exchanges(w.conv))
}

// retrieve searches the pinned snapshot and judges what it finds.
func (w *work) retrieve(ctx context.Context) fallback.Decision {
	ctx, over := w.g.tracer.Stage(ctx, "retrieve")
	defer over()
	began := w.g.now()
	q := kb.Query{Text: w.routed.Search, K: passagesJudged, Lang: w.t.Lang, AsOf: began, Audiences: w.conv.Audiences}
	if w.routed.FollowUp {
		q.History, q.Whole = said(w.conv), true
	}
	found, err := w.rt.Knowledge.Search(ctx, q)
	w.t.Answer.Latency.Retrieve = w.since(began)
	if err != nil {
		w.g.log.ErrorContext(ctx, "search failed", "turn", w.t.ID, "error", err)
		return fallback.Decision{Action: switchboard.ActionDegraded, Reason: switchboard.ReasonSearchFailed}
	}
	found = w.withhold(found)
	w.t.Passages = slices.Clone(found[:min(passagesShown, len(found))]) // what is only judged need not be kept for the turn
	rarity, most := w.rt.Knowledge.Rarity(ctx, w.t.Lang)
	evidence := w.rt.Policy.Judge(fallback.EvidenceInput{
		Question: w.routed.Resolved, Lang: w.t.Lang, Route: w.routed, Passages: found, Model: w.rt.Models != nil,
		Rarity: rarity, MostIDF: most,
	})
	w.t.Signs = evidence.Signs
	w.quotable = evidence.Quotable
	w.t.Evidence, w.t.EvidenceScore, w.t.Missing = string(evidence.Outcome), evidence.Score, evidence.Missing
	return w.rt.Policy.Decide(w.routed, evidence, exchanges(w.conv))
}

// generate has the chain answer, and lets the answer out as it is verified.
func (w *work) generate(ctx context.Context) {
	ctx, over := w.g.tracer.Stage(ctx, "generate")
	defer over()
	began := w.g.now()
	req, instructions := w.request(ctx)
	out := newOutlet(w, guard.Draft{
		Question: w.routed.Resolved, Lang: w.t.Lang, Passages: w.t.Passages, Instructions: instructions,
		Hosts: w.rt.Policy.Hosts(), MinGrounded: w.rt.Policy.MinGrounded(), Known: asked(w.conv),
	})
	if w.routed.Care != "" {
		out.before = func() { w.care(ctx) }
	}
	req.Resume = out.resume
	models, reason := w.rt.Models, switchboard.ReasonGrounded
	if models == nil {
		models, reason = w.rt.Quotes, switchboard.ReasonQuoted
	}
	bounded, cancel := context.WithDeadline(ctx, w.deadline())
	defer cancel()
	if w.rt.Judge != nil && w.rt.Models != nil {
		out.ctx = bounded
	}
	done, err := models.Complete(bounded, req, out.write)
	if err == nil && done.Finish == "length" {
		err = errTooLong // what is left is half a sentence
	}
	if err == nil {
		err = out.close()
	}
	w.settle(done, out)
	w.t.Answer.Latency.Model = w.since(began) - w.t.Answer.Latency.Verify
	switch {
	case ctx.Err() != nil || w.gone != nil:
		w.decided(switchboard.ActionDegraded, switchboard.ReasonCustomerLeft)
	case out.absent && out.raw.Len() == 0:
		w.reply(ctx, fallback.Decision{
			Action: switchboard.ActionHandoff, Reason: switchboard.ReasonNoEvidence, OfferHuman: true,
		})
	case out.stop != nil:
		w.t.Stops = append(w.t.Stops, *out.stop)
		w.degrade(ctx, out, out.stop.Reason)
	case limited(err):
		w.degrade(ctx, out, switchboard.ReasonLimitReached)
	case err == nil && len(out.cites) > 0:
		w.decided(switchboard.ActionAnswer, reason)
	case err == nil && out.raw.Len() > 0: // courtesies and nothing that a passage backs
		w.degrade(ctx, out, switchboard.ReasonUngrounded)
	case out.raw.Len() > 0:
		w.degrade(ctx, out, switchboard.ReasonModelCut)
	case err == nil:
		w.degrade(ctx, out, switchboard.ReasonUngrounded) // the model has answered, and said nothing
	default:
		w.degrade(ctx, out, switchboard.ReasonModelsUnavailable)
	}
}

// limited reports whether a limit of what may be spent kept the models from being asked.
func limited(err error) bool {
	var e *llm.Error
	return errors.As(err, &e) && e.Class == llm.LimitReached
}

// deadline is by when the models must be done.
func (w *work) deadline() time.Time {
	if w.t.Deadline.IsZero() {
		return time.Now().Add(modelsWithin)
	}
	return w.t.Deadline
}

// request renders the pinned prompt. It returns the prompt's own instructions beside it: text that no reply may repeat.
func (w *work) request(ctx context.Context) (req llm.Request, instructions string) {
	req = llm.Request{
		Question: w.routed.Resolved, Lang: w.t.Lang, Passages: w.t.Passages,
		Account: llm.Account{Key: w.t.Key, Conversation: w.t.ConversationID},
	}
	if w.rt.Models == nil {
		return req, "" // quoting needs no prompt
	}
	p, err := w.rt.Prompts.Prompt(prompts.NameAnswer, w.t.Lang)
	if err == nil {
		in := w.input()
		in.History, in.Passages = history(w.conv), promptPassages(w.t.Passages)
		req.Messages, err = p.Render(in)
	}
	if err != nil { // the set was checked when it was loaded, so this is a defect of ours
		w.g.log.ErrorContext(ctx, "render answer prompt", "turn", w.t.ID, "error", err)
		return req, ""
	}
	w.t.Answer.Prompt = p.Ref()
	req.MaxTokens, req.Temperature = p.Model().MaxOutputTokens, p.Model().Temperature
	return req, p.Instructions()
}

// settle takes over what a generation used and found.
func (w *work) settle(done llm.Completion, out *outlet) {
	a := &w.t.Answer
	a.Model = done.Model
	w.t.Attempts = append(w.t.Attempts, done.Attempts...)
	w.t.Grounded = out.grounded
	a.Citations = append(a.Citations[:0], out.cites...)
	a.Latency.Verify = switchboard.Milliseconds(out.spent)
}

// record writes the turn, and only then tells the customer's side that it is whole.
func (w *work) record(ctx context.Context) (switchboard.Answer, error) {
	ctx, over := w.g.tracer.Stage(ctx, "record")
	defer over()
	a := &w.t.Answer
	var cost switchboard.Money
	for _, attempt := range w.t.Attempts {
		a.Usage.InputTokens += attempt.InputTokens
		a.Usage.OutputTokens += attempt.OutputTokens
		cost += attempt.Cost
	}
	a.Usage.CostUSD = cost.USD()
	a.Text = strings.TrimRight(w.text.String(), " \n\t")
	a.Latency.Total = w.since(w.t.StartedAt)
	writing, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordWithin)
	defer cancel()
	if err := w.g.journal.Record(writing, w.t); err != nil {
		return switchboard.Answer{}, err
	}
	w.recorded = true
	w.g.meter.Turn(w.t)
	answer := *a
	answer.Text, answer.Attempts = strings.TrimRight(w.shown.String(), " \n\t"), len(w.t.Attempts)
	if err := w.send(switchboard.Event{Kind: switchboard.EventDone, Answer: answer}); err != nil {
		return answer, err
	}
	return answer, ctx.Err()
}

func (w *work) decided(action switchboard.Action, reason switchboard.Reason) {
	w.t.Answer.Action, w.t.Answer.Reason = action, reason
}

// input is what every template may say about this turn.
func (w *work) input() prompts.Input {
	in := w.rt.input(w.t.Lang)
	in.Question = string(w.t.Question)
	return in
}
