package switchboard

import "time"

// Masked is text in which personal data has been replaced by tokens such as "[EMAIL_1]". It is a type of its own
// so that unmasked text cannot reach a model, a log or the ledger by accident: fallback/privacy makes it,
// the ledger's decoder reads it again, and the gateway converts only text that was made of it.
type Masked string

// Action is what a reply is. It is decided, never inferred from the reply's text.
type Action string

// The actions.
const (
	ActionAnswer    Action = "answer"    // an answer grounded in cited passages
	ActionClarify   Action = "clarify"   // one question back, because the evidence points two ways
	ActionSmallTalk Action = "smalltalk" // a greeting, thanks, a goodbye, a word about the bot itself
	ActionHandoff   Action = "handoff"   // a human was asked for, or is offered because the bot cannot help
	ActionDecline   Action = "decline"   // out of scope: said so, with what the bot is for
	ActionDegraded  Action = "degraded"  // an honest reply with less than was wanted: quoted passages, a cut answer
	ActionBlocked   Action = "blocked"   // unsafe: an attack on the instructions, abuse
)

// Actions lists every action, in the order in which documents name them.
var Actions = []Action{
	ActionAnswer, ActionClarify, ActionSmallTalk, ActionHandoff, ActionDecline, ActionDegraded, ActionBlocked,
}

// Reason is a stable code for why a reply has its action. Codes are part of the outside contract: they are added,
// never renamed.
type Reason string

// The reasons, by the action that they belong to.
const (
	ReasonGrounded Reason = "grounded" // answer: a model wrote it, every sentence was verified
	ReasonQuoted   Reason = "quoted"   // answer: quoted from the knowledge base, no model is configured

	ReasonAmbiguous Reason = "ambiguous_evidence" // clarify: passages compete
	ReasonVague     Reason = "vague_question"     // clarify: too little was said to search for

	ReasonGreeting Reason = "greeting"  // smalltalk
	ReasonThanks   Reason = "thanks"    // smalltalk
	ReasonGoodbye  Reason = "goodbye"   // smalltalk
	ReasonAboutBot Reason = "about_bot" // smalltalk: what are you, what can you do

	ReasonHumanRequested   Reason = "human_requested"   // handoff: the customer asked for a person
	ReasonNoEvidence       Reason = "no_evidence"       // handoff: in scope, but no passage answers
	ReasonClarifyExhausted Reason = "clarify_exhausted" // handoff: one clarification did not help
	ReasonUrgent           Reason = "urgent"            // handoff: danger to life, fraud under way, self-harm
	ReasonAngry            Reason = "angry"             // handoff: no passage answers, and the customer is furious
	ReasonVulnerable       Reason = "vulnerable"        // handoff: no passage answers, and the customer is in a hard situation
	ReasonWithHuman        Reason = "with_human"        // handoff: a human has the conversation, the bot stays silent

	ReasonOutOfScope Reason = "out_of_scope"   // decline
	ReasonUnsafeAsk  Reason = "unsafe_request" // decline: in scope by its words, harmful by its aim

	ReasonModelsUnavailable Reason = "models_unavailable" // degraded: no model answered, passages are quoted
	ReasonLimitReached      Reason = "limit_reached"      // degraded: a limit of what models may use is reached, passages are quoted
	ReasonSearchFailed      Reason = "search_failed"      // degraded: the knowledge base could not be searched
	ReasonModelCut          Reason = "model_cut"          // degraded: the model broke off after verified sentences
	ReasonFailed            Reason = "failed"             // degraded: the reply broke off on our side and is not recorded
	ReasonCustomerLeft      Reason = "customer_left"      // degraded: the stream was abandoned or stopped
	ReasonGuardQuantity     Reason = "guard_quantity"     // degraded: a number, price or date without a passage
	ReasonGuardCitation     Reason = "guard_citation"     // degraded: a citation that does not exist
	ReasonGuardLink         Reason = "guard_link"         // degraded: a link or phone number without a passage
	ReasonGuardCommitment   Reason = "guard_commitment"   // degraded: a promise that nothing backs
	ReasonGuardMarkup       Reason = "guard_markup"       // degraded: markup that could load or run something
	ReasonGuardLeak         Reason = "guard_leak"         // degraded: text of the instructions
	ReasonGuardPersonal     Reason = "guard_personal"     // degraded: personal data that the customer has not given
	ReasonGuardLanguage     Reason = "guard_language"     // degraded: a sentence in another language than the customer's
	ReasonGuardNegation     Reason = "guard_negation"     // degraded: a sentence denies what the passages say, or the reverse
	ReasonUngrounded        Reason = "ungrounded"         // degraded: a sentence that no passage supports

	ReasonInjection Reason = "injection" // blocked: an attempt to change or read the instructions
	ReasonAbuse     Reason = "abuse"     // blocked: threats, harassment, requests for harm
)

// Passage is the unit that is indexed, retrieved and cited: a piece of one document that makes sense alone.
type Passage struct {
	ID         string   `json:"passage_id"`
	DocumentID string   `json:"document_id"`
	Title      string   `json:"title"`             // of the document
	Section    []string `json:"section,omitempty"` // headings above the passage, outermost first
	URL        string   `json:"url"`
	Lang       string   `json:"lang"`               // BCP 47 primary tag: "en", "es"
	Audience   string   `json:"audience,omitempty"` // "public", "business", "internal", or a plan
	Text       string   `json:"text"`
	Start      int      `json:"-"` // byte offsets of Text's source in the document's body
	End        int      `json:"-"`

	// Score is the ranking function's value (BM25F, >= 0, no upper bound). It depends on the snapshot and the
	// query alone, never on how the index happens to be laid out.
	Score float64 `json:"score"`
	// Coverage is the share of the question's information (idf-weighted terms) that the passage has, 0..1.
	Coverage float64 `json:"coverage"`
	// Pinned says that a manager has pinned the question to the passage's document: it answers.
	Pinned bool `json:"pinned,omitempty"`
}

// Citation links the marker [N] in a reply's text to a passage.
type Citation struct {
	N          int    `json:"n"`
	DocumentID string `json:"document_id"`
	PassageID  string `json:"passage_id"`
	Title      string `json:"title"`
	URL        string `json:"url"`
	Quote      string `json:"quote"`
}

// Role is who speaks in a message to a model.
type Role string

// The roles.
const (
	RoleSystem    Role = "system"
	RoleUser      Role = "user"
	RoleAssistant Role = "assistant"
	RoleAgent     Role = "agent" // a person of the support team
)

// Message is one role-separated message to a model.
type Message struct {
	Role Role   `json:"role"`
	Text string `json:"text"`
}

// HandoffState is how far a handoff has come. A human is promised only from HandoffAcknowledged on.
type HandoffState string

// The states of a handoff.
const (
	HandoffOffered      HandoffState = "offered"      // the customer may ask for it
	HandoffRequested    HandoffState = "requested"    // durably recorded, not yet accepted by the other side
	HandoffAcknowledged HandoffState = "acknowledged" // the other side answered that it has it
	HandoffFailed       HandoffState = "failed"       // the other side refused it, or a day of retries passed
	HandoffReleased     HandoffState = "released"     // the other side is done with it: the bot answers again
)

// Handoff is the passing of a conversation to a human. Reference is empty while it is only offered.
type Handoff struct {
	State     HandoffState `json:"state"`
	Reference string       `json:"reference"`
	// Told by the other side while the customer waits; 0 where it told nothing.
	QueuePosition int `json:"queue_position,omitzero"`
	ETASeconds    int `json:"eta_seconds,omitzero"`
}

// Money is an amount in billionths of a US dollar: one token of a model priced at 0.25 USD a million costs 250.
type Money int64

// USD is the amount in dollars.
func (m Money) USD() float64 { return float64(m) / 1e9 }

// Latency says where a turn's time went, in milliseconds.
type Latency struct {
	Total         float64 `json:"total"`
	FirstSentence float64 `json:"first_sentence"` // until the customer could read something; 0 if nothing was said
	Retrieve      float64 `json:"retrieve"`
	Model         float64 `json:"model"`
	Verify        float64 `json:"verify"`
}

// Milliseconds is d in the unit of Latency, to a microsecond.
func Milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// Usage is what a turn's model calls used, all attempts together.
type Usage struct {
	InputTokens  int     `json:"input_tokens"`
	OutputTokens int     `json:"output_tokens"`
	CostUSD      float64 `json:"cost_usd"`
}

// Answer is the reply to one message, in the JSON shape of the outside contract.
type Answer struct {
	ID             string     `json:"id"` // "msg_…"
	ConversationID string     `json:"conversation_id"`
	Role           Role       `json:"role"` // always "assistant"
	Action         Action     `json:"action"`
	Text           string     `json:"text"`
	Citations      []Citation `json:"citations"`   // never null
	Suggestions    []string   `json:"suggestions"` // never null
	Handoff        *Handoff   `json:"handoff"`
	Release        ReleaseID  `json:"release"`
	Prompt         string     `json:"prompt"` // "answer@1f2e3d4c"
	Model          string     `json:"model"`
	Reason         Reason     `json:"reason"`
	Latency        Latency    `json:"latency_ms"`
	Usage          Usage      `json:"usage"`
	CreatedAt      time.Time  `json:"created_at"`
	// Attempts is how many calls of models were made for this reply. One that is told again from the record has none.
	Attempts int `json:"-"`
}

// AttemptKind says why a model was called.
type AttemptKind string

// The kinds of attempt.
const (
	AttemptFirst    AttemptKind = ""         // the first call of a turn
	AttemptRetry    AttemptKind = "retry"    // the same model again
	AttemptFailover AttemptKind = "failover" // another model, because one failed or was passed over
	AttemptHedge    AttemptKind = "hedge"    // another model beside one that is slow to begin
	AttemptJudge    AttemptKind = "judge"    // it judged whether the passages say a sentence
	AttemptProbe    AttemptKind = "probe"    // of no turn: it finds out whether a model is back
)

// Attempt is one call of one model, losers and cancelled ones included.
type Attempt struct {
	Model        string        `json:"model"`
	Kind         AttemptKind   `json:"kind,omitempty"`
	Finish       string        `json:"finish,omitempty"` // why the model stopped, in its own words: "stop", "length", …
	Outcome      string        `json:"outcome"`          // "ok", or the class of the failure: "timeout", "rate_limited", …
	FirstToken   time.Duration `json:"first_token"`
	Total        time.Duration `json:"total"`
	InputTokens  int           `json:"input_tokens"`
	OutputTokens int           `json:"output_tokens"`
	Cost         Money         `json:"cost"`
}

// Stop is a sentence that was not let out, with the guard that stopped it.
type Stop struct {
	Guard    string `json:"guard"`
	Reason   Reason `json:"reason"`
	Detail   string `json:"detail"` // what exactly was wrong: "€ 7 a day is in no cited passage"
	Sentence Masked `json:"sentence"`
}

// Checked is a sentence that was let out, with what backs it.
type Checked struct {
	Sentence Masked  `json:"sentence"`
	Passages []int   `json:"passages,omitempty"` // that back it, from 1, as Turn.Passages has them; none for a courtesy
	Grounded float64 `json:"grounded,omitempty"` // 0..1; 0 = not measured
}

// Turn is one message of a customer and the reply to it. The caller of gateway.Respond fills the first group; the
// turn fills the rest as it goes; the ledger keeps all of it but Text.
type Turn struct {
	ConversationID  string `json:"conversation_id"`
	ClientMessageID string `json:"client_message_id,omitempty"` // the client's own id; the same one again is the same turn
	Text            string `json:"-"`                           // as it was typed. It lives in memory only
	// Opens is set where this turn opens its conversation, so that both are recorded as one. Its Turns are what the
	// caller says was said before; they are history for the model and are not recorded.
	Opens *Conversation `json:"-"`
	// Key is the id of the key that the caller came in with, "" if there is none: the turn counts against its limits.
	Key string `json:"-"`
	// Deadline is by when the reply is to be whole, the wait in a queue included. The zero time leaves it to the gateway.
	Deadline time.Time `json:"-"`

	ID        string    `json:"id"` // of the reply: "msg_…"
	Question  Masked    `json:"question"`
	Lang      string    `json:"lang"`
	StartedAt time.Time `json:"started_at"`

	Topic    string  `json:"topic,omitempty"`    // of the policy, "" if none fits
	Scope    float64 `json:"scope"`              // how far inside the policy's topics, 0..1
	Evidence string  `json:"evidence,omitempty"` // "enough", "ambiguous", "missing"; "" if nothing was searched
	// EvidenceScore is the probability that the passages answer the question, 0..1; Signs are the numbers that it was made
	// of, by name, and Missing the question's words that no passage has.
	EvidenceScore float64            `json:"evidence_score,omitempty"`
	Signs         map[string]float64 `json:"signs,omitempty"`
	Missing       []string           `json:"missing,omitempty"`
	Passages      []Passage          `json:"passages,omitempty"` // found, best first
	Withheld      []string           `json:"withheld,omitempty"` // ids of passages that were found, and dropped because they speak to models
	Choices       []string           `json:"choices,omitempty"`  // of a clarifying question
	Said          []Checked          `json:"said,omitempty"`     // the sentences that were let out
	Stops         []Stop             `json:"stops,omitempty"`
	Attempts      []Attempt          `json:"attempts,omitempty"`
	// CopiedFrom is the reply that this one repeats, "" if it is its own: the same question had just been answered.
	CopiedFrom string  `json:"copied_from,omitempty"`
	Grounded   float64 `json:"grounded"` // lowest groundedness of a sentence that was let out, 0..1; 0 if none was checked

	Answer Answer `json:"answer"`
}

// Conversation is a customer's session.
type Conversation struct {
	ID        string   `json:"id"` // "conv_…"
	Locale    string   `json:"locale"`
	Audiences []string `json:"audiences"` // which audiences' documents may answer; from verified context only
	// Disclosure is the words by which the customer was told that a machine answers, "" where the gateway showed none: a
	// program that came in by the OpenAI face speaks for itself.
	Disclosure string            `json:"disclosure"`
	Context    map[string]string `json:"context,omitempty"` // what the page told about itself; never instructions
	CreatedAt  time.Time         `json:"created_at"`
	Handoff    *Handoff          `json:"handoff,omitempty"`    // the latest one that was requested and is not over
	WithHuman  bool              `json:"with_human,omitempty"` // a person has taken it over: the bot is silent
	Agent      []Line            `json:"agent,omitempty"`      // what people of the support team wrote, oldest first
	Turns      []Turn            `json:"turns"`                // oldest first
}

// EventKind is what an Event carries.
type EventKind string

// The kinds of event, in the order in which a turn emits them: one start, any number of sentences and citations, one
// done.
const (
	EventStart    EventKind = "start"    // the turn is accepted; Answer has its ids only
	EventSentence EventKind = "sentence" // Text is verified and may be shown; joined, they are the answer's text
	EventCitation EventKind = "citation" // Citation has just been used for the first time
	EventDone     EventKind = "done"     // Answer is whole and recorded
)

// Event is one thing that the customer's side learns during a turn.
type Event struct {
	Kind     EventKind
	Text     string
	Citation Citation
	Answer   Answer
}
