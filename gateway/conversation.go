package gateway

import (
	"cmp"
	"context"
	"crypto/rand"
	"strings"
	"unicode/utf8"

	"switchboard"
	"switchboard/fallback"
	"switchboard/kb"
	"switchboard/prompts"
)

// What the history of a turn holds at most: enough for a follow-up question, little enough to stay cheap.
const historyTurns = 6

// Limits of what a customer may say besides messages, in bytes.
const (
	maxComment = 4000
	maxContact = 320
)

// Opening is how a conversation begins. Audiences come from verified context only, never from what a customer or a page
// says; nil means the public. They are the conversation's for good.
type Opening struct {
	Locale    string // BCP 47, "" is English
	Context   map[string]string
	Audiences []string
}

// Welcome is what a new conversation shows first.
type Welcome struct {
	Conversation switchboard.Conversation
	Greeting     string
	Disclosure   string // that this is an automated assistant
	Suggestions  []string
}

// NewConversation makes a conversation without recording it, for a turn that opens its own.
func (g *Gateway) NewConversation(o Opening) switchboard.Conversation {
	now := g.now()
	c := switchboard.Conversation{ID: g.newID("conv", now), Locale: o.Locale, Audiences: o.Audiences, CreatedAt: now}
	for name, value := range o.Context {
		if c.Context == nil {
			c.Context = make(map[string]string, len(o.Context))
		}
		c.Context[name] = string(g.mask(value)) // pages put all kinds of things there
	}
	if len(c.Audiences) == 0 {
		c.Audiences = []string{"public"}
	}
	return c
}

// Open records a new conversation and which disclosure it showed.
func (g *Gateway) Open(ctx context.Context, o Opening) (Welcome, error) {
	rt := g.pin()
	defer rt.unpin()
	w := Welcome{Conversation: g.NewConversation(o)}
	lang := primary(o.Locale)
	w.Suggestions = rt.Policy.Suggestions(lang)
	var err error
	in := rt.input(lang)
	if w.Greeting, err = rt.Prompts.Text(prompts.NameGreeting, lang, in); err != nil {
		return Welcome{}, err
	}
	if w.Disclosure, err = rt.Prompts.Text(prompts.NameDisclosure, lang, in); err != nil {
		return Welcome{}, err
	}
	return w, g.journal.OpenConversation(ctx, w.Conversation, w.Disclosure)
}

// Conversation returns a conversation with all of its turns, or switchboard.NotFound.
func (g *Gateway) Conversation(ctx context.Context, id string) (switchboard.Conversation, error) {
	return g.journal.Transcript(ctx, id)
}

// Rate records a customer's word on one reply; a later one replaces it.
func (g *Gateway) Rate(ctx context.Context, conversation, message, rating, reason, comment string) error {
	if rating != "up" && rating != "down" {
		return switchboard.FieldError("rating", `must be "up" or "down"`)
	}
	if err := short("reason", reason, maxComment); err != nil {
		return err
	}
	if err := short("comment", comment, maxComment); err != nil {
		return err
	}
	f := switchboard.Feedback{Rating: rating, Reason: string(g.mask(reason)), Comment: g.mask(comment), At: g.now()}
	if err := g.journal.Feedback(ctx, conversation, message, f); err != nil {
		return err
	}
	g.meter.Feedback(rating)
	return nil
}

// Score records a customer's satisfaction with the conversation, 1 to 5; a later one replaces it.
func (g *Gateway) Score(ctx context.Context, conversation string, score int, comment string) error {
	if score < 1 || score > 5 {
		return switchboard.FieldError("score", "must be a whole number from 1 to 5")
	}
	if err := short("comment", comment, maxComment); err != nil {
		return err
	}
	c := switchboard.CSAT{Score: score, Comment: g.mask(comment), At: g.now()}
	if err := g.journal.CSAT(ctx, conversation, c); err != nil {
		return err
	}
	g.meter.CSAT(score)
	return nil
}

// RequestHuman asks the support team to take a conversation over. Asking again returns the request that is open.
func (g *Gateway) RequestHuman(ctx context.Context, conversation, contact, note string) (switchboard.Handoff, error) {
	if err := short("contact", contact, maxContact); err != nil {
		return switchboard.Handoff{}, err
	}
	if err := short("note", note, maxComment); err != nil {
		return switchboard.Handoff{}, err
	}
	c, err := g.journal.Conversation(ctx, conversation)
	if err != nil {
		return switchboard.Handoff{}, err
	}
	return g.requestHuman(ctx, c, asking{}, contact, note)
}

func short(field, s string, most int) error {
	if len(s) > most {
		return switchboard.FieldError(field, "must be at most %d bytes", most)
	}
	return nil
}

// asking is the turn that asks for a person, if one does, and the danger that it tells of, if it does.
type asking struct {
	turn    *switchboard.Turn
	urgency string
}

// requestHuman records a handoff, then tries to deliver it at once.
func (g *Gateway) requestHuman(
	ctx context.Context, c switchboard.Conversation, by asking, contact, note string,
) (switchboard.Handoff, error) {
	// A turn has loaded no more than it leans on; the support team gets the whole conversation. What a caller brings
	// along is recorded nowhere else.
	if recorded, err := g.journal.Transcript(ctx, c.ID); err != nil {
		return switchboard.Handoff{}, err
	} else if len(recorded.Turns) > len(c.Turns) {
		c = recorded
	}
	now := g.now()
	r := switchboard.HandoffRequest{
		Reference: newReference(), ConversationID: c.ID, State: switchboard.HandoffRequested,
		Reason: switchboard.ReasonHumanRequested, Locale: c.Locale, Contact: contact, Note: g.mask(note),
		Summary: summary(c, by), Transcript: transcript(c, by.turn), CreatedAt: now, Urgency: by.urgency,
	}
	if by.turn != nil && by.turn.Answer.Reason == switchboard.ReasonUrgent {
		r.Reason = switchboard.ReasonUrgent // nobody asked: the danger did
	}
	r, err := g.journal.RequestHandoff(ctx, r)
	if err != nil {
		return switchboard.Handoff{}, err
	}
	if r.State == switchboard.HandoffRequested {
		r.State = g.courier.DeliverNow(ctx, r.Reference, acknowledgeWithin)
	}
	if r.State == switchboard.HandoffAcknowledged { // the acknowledgement may have told more than that
		if now, err := g.journal.Transcript(ctx, c.ID); err == nil && now.Handoff != nil && now.Handoff.Reference == r.Reference {
			r.QueuePosition, r.ETASeconds = now.Handoff.QueuePosition, now.Handoff.ETASeconds
		}
	}
	g.meter.Handoff(r.State)
	return switchboard.Handoff{State: r.State, Reference: r.Reference, QueuePosition: r.QueuePosition, ETASeconds: r.ETASeconds}, nil
}

// newReference makes a reference that can be read out on the telephone: no letter or digit looks or sounds like another.
func newReference() string {
	const alphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return "H-" + string(b[:4]) + "-" + string(b[4:])
}

// transcript is the conversation as the support team reads it.
func transcript(c switchboard.Conversation, asking *switchboard.Turn) []switchboard.Line {
	lines := make([]switchboard.Line, 0, 2*len(c.Turns)+1)
	for _, t := range c.Turns {
		lines = append(lines,
			switchboard.Line{Role: switchboard.RoleUser, Text: t.Question, At: t.StartedAt},
			switchboard.Line{Role: switchboard.RoleAssistant, Text: switchboard.Masked(t.Answer.Text), At: t.Answer.CreatedAt})
	}
	if asking != nil {
		lines = append(lines, switchboard.Line{Role: switchboard.RoleUser, Text: asking.Question, At: asking.StartedAt})
	}
	return lines
}

// What a summary holds at most.
const (
	summaryTurns = 3
	summaryText  = 200 // characters of a question or of a reply
)

// summary says in a few lines what a person needs to know first: how urgent it is, what it is about, what was asked, and what
// came of it. It is made of what is recorded, which is masked.
func summary(c switchboard.Conversation, by asking) string {
	var lines []string
	if by.urgency != "" {
		lines = append(lines, "Urgent: "+by.urgency)
	}
	var told []switchboard.Turn
	topic, lang := "", c.Locale
	for _, t := range c.Turns {
		lang = cmp.Or(t.Lang, lang)
		if t.Answer.Reason != switchboard.ReasonHumanRequested && t.Answer.Action != switchboard.ActionSmallTalk {
			told, topic = append(told, t), cmp.Or(t.Topic, topic)
		}
	}
	if by.turn != nil {
		topic, lang = cmp.Or(topic, by.turn.Topic), cmp.Or(by.turn.Lang, lang)
	}
	if topic != "" {
		lines = append(lines, "Topic: "+topic)
	}
	if lang != "" {
		lines = append(lines, "Language: "+lang)
	}
	for _, t := range told[max(0, len(told)-summaryTurns):] {
		lines = append(lines, "Asked: “"+clip(string(t.Question))+"”", outcome(t.Answer))
	}
	switch {
	case by.turn != nil:
		lines = append(lines, "Now: “"+clip(string(by.turn.Question))+"”")
	case len(told) == 0:
		lines = append(lines, "Asked for a person before any question.")
	}
	return strings.Join(lines, "\n")
}

// outcome is what the bot did about a question.
func outcome(a switchboard.Answer) string {
	how := string(a.Action) + ", " + string(a.Reason)
	if a.Action == switchboard.ActionAnswer || a.Action == switchboard.ActionClarify {
		return "The bot: “" + clip(a.Text) + "” (" + how + ")"
	}
	return "The bot did not answer (" + how + ")"
}

// clip is a text in one line, cut where it is long.
func clip(s string) string {
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) > summaryText {
		return string(r[:summaryText-1]) + "…"
	}
	return string(r)
}

// Search asks the knowledge base of the release in use and says which snapshot answered.
func (g *Gateway) Search(ctx context.Context, q kb.Query) (snapshot string, found []switchboard.Passage, err error) {
	rt := g.pin()
	defer rt.unpin()
	q.Text = string(g.mask(q.Text)) // it may go to a service that finds by meaning
	if q.AsOf.IsZero() {
		q.AsOf = g.now()
	}
	found, err = rt.Knowledge.Search(ctx, q)
	return rt.Release.Snapshot, found, err
}

// recent returns the conversation's latest turns.
func recent(c switchboard.Conversation) []switchboard.Turn {
	return c.Turns[max(0, len(c.Turns)-historyTurns):]
}

// history is what a model is told of the conversation so far. Markers go: they numbered other passages.
func history(c switchboard.Conversation) []switchboard.Message {
	var out []switchboard.Message
	for _, t := range recent(c) {
		out = append(out,
			switchboard.Message{Role: switchboard.RoleUser, Text: string(t.Question)},
			switchboard.Message{Role: switchboard.RoleAssistant, Text: unmarked(t.Answer.Text)})
	}
	return out
}

// said is what both sides said lately, oldest first, as far as a model may see it.
func said(c switchboard.Conversation) []string {
	var all []string
	for _, t := range recent(c) {
		all = append(all, string(t.Question), t.Answer.Text)
	}
	return all
}

// asked is what the customer said lately, which a reply may repeat.
func asked(c switchboard.Conversation) string {
	var b strings.Builder
	for _, t := range recent(c) {
		b.WriteString(string(t.Question))
		b.WriteByte('\n')
	}
	return b.String()
}

// exchanges is what the policy is told of the conversation so far, oldest first.
func exchanges(c switchboard.Conversation) []fallback.Exchange {
	var out []fallback.Exchange
	for _, t := range recent(c) {
		out = append(out, fallback.Exchange{
			Question: t.Question, Action: t.Answer.Action, Reason: t.Answer.Reason, Choices: t.Choices,
		})
	}
	return out
}

func promptPassages(found []switchboard.Passage) []prompts.Passage {
	out := make([]prompts.Passage, len(found))
	for i, p := range found {
		out[i] = prompts.Passage{N: i + 1, Title: p.Title, Section: strings.Join(p.Section, " > "), URL: p.URL, Text: p.Text}
	}
	return out
}

// unmarked is text without its citation markers.
func unmarked(s string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '[')
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		n, ok := marker(s[i:])
		if !ok {
			b.WriteString(s[:i+1])
			s = s[i+1:]
			continue
		}
		b.WriteString(strings.TrimRight(s[:i], " "))
		s = s[i+n:]
	}
}

// primary is the language of a locale: "es" of "es-MX".
func primary(locale string) string {
	lang, _, _ := strings.Cut(strings.ReplaceAll(locale, "_", "-"), "-")
	if lang == "" || !utf8.ValidString(lang) {
		return "en"
	}
	return strings.ToLower(lang)
}
