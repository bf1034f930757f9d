package fallback

import (
	"strings"

	"switchboard"
	"switchboard/fallback/internal/lex"
)

// Exchange is an earlier question and what the reply to it was.
type Exchange struct {
	Question switchboard.Masked
	Action   switchboard.Action
	Reason   switchboard.Reason
	Choices  []string // of a clarifying question
}

// RouteInput is a message with what was said before.
type RouteInput struct {
	Text     switchboard.Masked
	Lang     string     // "en", "es"
	Previous []Exchange // oldest first; the last few are enough
	// Vector is the text's, as [Policy.UseMeaning]'s embedder makes it. Without one, the words alone say what is in scope.
	Vector []float32
}

// Route is the kind of turn that a message makes. Kind ActionAnswer means: search, then ask [Policy.Judge].
type Route struct {
	Kind    switchboard.Action
	Reason  switchboard.Reason // empty for ActionAnswer
	Topic   string             // the nearest topic's id, "" if none is near
	Scope   float64            // probability of being in scope, 0..1
	Choices []string           // of ReasonAmbiguous: what the question may mean
	Urgency string             // of ReasonUrgent: which of the policy's kinds, such as "self_harm"
	// Care is why the reply is to begin with a kind word, and a human to be offered, whatever else it says: ReasonAngry,
	// ReasonVulnerable, "" for no reason.
	Care switchboard.Reason
	// Resolved is the question to search for and to answer: the message, or what a choice or a follow-up means made whole.
	Resolved string
	// Search is Resolved with the knowledge base's own words added for the customer's ("router" adds "hub").
	Search   string
	FollowUp bool // Resolved was made with an earlier question's words
}

// Route reads a message. The order of its steps is the order of what matters: danger first, attacks second, the wish for
// a human third, and only then what the message is about.
func (p *Policy) Route(in RouteInput) Route {
	text := string(in.Text)
	m := message{text: text, tokens: lex.Tokens(text), lang: in.Lang}
	r := Route{Kind: switchboard.ActionAnswer, Resolved: strings.TrimSpace(text)}
	p.place(&r, text, in.Vector)
	if !p.routeFirst(in, m, &r) {
		// What somebody in need tells is what the question is about: "My husband died. How do I cancel his plan?"
		if f := p.focus(m); f.text != m.text && r.Care != switchboard.ReasonVulnerable {
			m, r.Resolved = f, f.text
			p.place(&r, f.text, in.Vector) // the whole message's vector does for the question in it
		}
		for _, step := range routeSteps {
			if step(p, in, m, &r) {
				break
			}
		}
	}
	r.Search = p.expand(r.Resolved)
	return r
}

// expand adds the first word of each group of synonyms of which the text has another.
func (p *Policy) expand(text string) string {
	ts := lex.Tokens(text)
	have := " " + strings.Join(lex.Words(text), " ") + " "
	for _, n := range p.synonyms.find(ts) {
		if own := p.synonyms.alike[n.id][0]; !strings.Contains(have, " "+own+" ") {
			text += " " + own
			have += own + " "
		}
	}
	return text
}

// message is a text, read once.
type message struct {
	text   string
	tokens []lex.Token
	lang   string
}

// routeFirst takes the steps that see all that was written.
func (p *Policy) routeFirst(in RouteInput, m message, r *Route) bool {
	if p.routeUrgent(in, m, r) || p.routeUnsafe(in, m, r) || p.routeHuman(in, m, r) || p.routeCare(in, m, r) || p.routeSmallTalk(in, m, r) {
		return true
	}
	bare := unintroduced(m)
	return bare.text != m.text && p.routeSmallTalk(in, bare, r)
}

// routeSteps are tried in order with what a message asks; the first that knows what to do ends the search.
var routeSteps = []func(*Policy, RouteInput, message, *Route) bool{
	(*Policy).routeChoice, (*Policy).routeFollowUp, (*Policy).routeOpen, (*Policy).routeVague, (*Policy).routeTopic,
}

// place fills in topic and scope. A text made whole with an earlier question's words has no vector.
func (p *Policy) place(r *Route, text string, vector []float32) {
	s := p.scope.scoreMeant(text, p.meaning, vector)
	r.Scope, r.Topic = 1-s.oos, ""
	best := float32(leastTopic)
	for i, label := range p.scope.labels {
		if s.byLabel[i] > best && !strings.HasPrefix(label, "~") {
			best, r.Topic = s.byLabel[i], label
		}
	}
}

// leastTopic is the score below which a message is near no topic.
const leastTopic = 0.15

func (p *Policy) routeUrgent(_ RouteInput, m message, r *Route) bool {
	for _, u := range p.urgent {
		if u.tells(m) {
			r.Kind, r.Reason, r.Urgency = switchboard.ActionHandoff, switchboard.ReasonUrgent, u.name
			return true
		}
	}
	return false
}

// tells reports whether a message tells of this danger, and not of what only sounds so.
func (u urgentKind) tells(m message) bool {
	if _, ok := u.set.Find(m.tokens); !ok {
		return false
	}
	if u.unless == nil {
		return true
	}
	_, ok := u.unless.Find(m.tokens)
	return !ok
}

func (p *Policy) routeUnsafe(in RouteInput, m message, r *Route) bool {
	if p.attacks(m, in.Previous) {
		r.Kind, r.Reason = switchboard.ActionBlocked, switchboard.ReasonInjection
		return true
	}
	if _, ok := p.abuse.Find(m.tokens); ok {
		r.Kind, r.Reason = switchboard.ActionBlocked, switchboard.ReasonAbuse
		return true
	}
	if _, ok := p.harm.Find(m.tokens); ok {
		r.Kind, r.Reason = switchboard.ActionDecline, switchboard.ReasonUnsafeAsk
		return true
	}
	return false
}

func (p *Policy) routeHuman(_ RouteInput, m message, r *Route) bool {
	if _, ok := p.human.Find(m.tokens); !ok {
		return false
	}
	if _, ok := p.smallTalk["about_bot"].Find(m.tokens); ok {
		return false // "am I talking to a person?" asks about the bot
	}
	r.Kind, r.Reason = switchboard.ActionHandoff, switchboard.ReasonHumanRequested
	return true
}

// careReasons are the kinds of care that a policy can know.
var careReasons = map[string]switchboard.Reason{"angry": switchboard.ReasonAngry, "vulnerable": switchboard.ReasonVulnerable}

// routeCare notices anger and need. It never ends the search for a route: such a customer has a question too.
func (p *Policy) routeCare(_ RouteInput, m message, r *Route) bool {
	for _, kind := range p.care {
		if _, ok := kind.set.Find(m.tokens); ok {
			r.Care = careReasons[kind.name] // the last of them is the one in need
		}
	}
	return false
}

// UrgentReply is what the policy says at once to one kind of danger, in lang or else in the default language; "" where it
// has no words of its own for it.
func (p *Policy) UrgentReply(kind, lang string) string {
	for _, u := range p.urgent {
		if u.name == kind {
			return p.pick(u.reply, lang)
		}
	}
	return ""
}

// routeSmallTalk takes a message that is small talk and nothing else: what its patterns leave over has no content.
func (p *Policy) routeSmallTalk(_ RouteInput, m message, r *Route) bool {
	covered := make([]bool, len(m.tokens))
	first := ""
	for _, kind := range smallTalkOrder {
		for _, match := range p.smallTalk[kind].All(m.tokens) {
			if first == "" {
				first = kind
			}
			for i := match.Start; i < match.End; i++ {
				covered[i] = true
			}
		}
	}
	if first == "" {
		return false
	}
	for i, t := range m.tokens {
		if !covered[i] && !t.Stop() && !lex.Function(t.Text) && !fillers[t.Text] {
			return false
		}
	}
	r.Kind, r.Reason = switchboard.ActionSmallTalk, smallTalkReasons[first]
	return true
}

// smallTalkOrder is by what deserves the reply where a message is two things: "hi, are you a bot?".
var smallTalkOrder = []string{"about_bot", "goodbye", "thanks", "greeting"}

// fillers are content words that carry no question beside small talk.
var fillers = map[string]bool{
	"bot": true, "chatbot": true, "assistant": true, "asistente": true, "mate": true, "friend": true, "team": true,
	"sir": true, "madam": true, "lot": true, "much": true, "great": true, "good": true, "nice": true, "perfect": true, "cool": true,
	"perfecto": true, "genial": true, "vale": true, "amigo": true, "equipo": true, "today": true, "hoy": true, "help": true, "ayuda": true,
	"day": true, "dia": true, "all": true, "everyone": true, "again": true, "otra": true, "vez": true, "brilliant": true, "lovely": true, "person": true, "human": true, "robot": true, "machine": true, "people": true, "persona": true,
}

// routeVague takes a message that says too little to search for.
func (p *Policy) routeVague(in RouteInput, m message, r *Route) bool {
	if len(in.Previous) > 0 && in.Previous[len(in.Previous)-1].Action == switchboard.ActionClarify {
		return false // never two questions back in a row
	}
	content := 0
	for _, t := range m.tokens {
		if !t.Stop() && !lex.Function(t.Text) {
			content++
		}
	}
	_, vague := p.vague.Find(m.tokens)
	if !vague && content > 0 || vague && content > 4 {
		return false
	}
	r.Kind, r.Reason = switchboard.ActionClarify, switchboard.ReasonVague
	return true
}

// routeTopic declines what is surely outside, and hands over what the policy always hands over. Whatever is uncertain
// goes on to the search: the evidence knows more.
func (p *Policy) routeTopic(_ RouteInput, _ message, r *Route) bool {
	if t := p.topic(r.Topic); t != nil && t.Handoff && r.Scope >= p.limits.InScope {
		r.Kind, r.Reason = switchboard.ActionHandoff, switchboard.ReasonHumanRequested
		return true
	}
	if r.Scope >= p.limits.Decline || r.FollowUp {
		return false
	}
	r.Kind, r.Reason = switchboard.ActionDecline, switchboard.ReasonOutOfScope
	return true
}
