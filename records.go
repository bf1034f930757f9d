package switchboard

import "time"

// Feedback is a customer's word on one reply.
type Feedback struct {
	Rating  string    `json:"rating"` // "up" or "down"
	Reason  string    `json:"reason,omitempty"`
	Comment Masked    `json:"comment,omitempty"`
	At      time.Time `json:"at"`
}

// CSAT is a customer's word on a whole conversation.
type CSAT struct {
	Score   int       `json:"score"` // 1 (worst) to 5
	Comment Masked    `json:"comment,omitempty"`
	At      time.Time `json:"at"`
}

// HandoffRequest is what a human on the other side is given. Contact is the one thing in it that is not masked: the
// customer gave it in order to be reached, and it goes to the support team only.
type HandoffRequest struct {
	Reference      string       `json:"reference"` // "H-7K3F-92QD"; also the idempotency key
	ConversationID string       `json:"conversation_id"`
	State          HandoffState `json:"state"`
	Reason         Reason       `json:"reason"`
	Locale         string       `json:"locale"`
	Contact        string       `json:"contact,omitempty"`
	Note           Masked       `json:"note,omitempty"`
	Summary        string       `json:"summary"`
	Transcript     []Line       `json:"transcript"`
	CreatedAt      time.Time    `json:"created_at"`
	// What the other side told: its own id, the place in its queue, about how long that takes, and since when a person has it.
	Ticket        string     `json:"ticket,omitempty"`
	QueuePosition int        `json:"queue_position,omitzero"`
	ETASeconds    int        `json:"eta_seconds,omitzero"`
	AcceptedAt    *time.Time `json:"accepted_at,omitempty"`
	Urgency       string     `json:"urgency,omitempty"` // the policy's name of the danger, "" for none
}

// Line is one message of a transcript.
type Line struct {
	ID   string    `json:"id,omitempty"` // of what a person of the support team wrote
	Role Role      `json:"role"`
	Text Masked    `json:"text"`
	At   time.Time `json:"at"`
}

// Receipt proves an erasure: how many records of each kind were deleted, and when. It holds nothing personal.
type Receipt struct {
	ConversationID string         `json:"conversation_id"`
	ErasedAt       time.Time      `json:"erased_at"`
	Deleted        map[string]int `json:"deleted"` // where ("turns", "feedback", "handoffs", "outbox", "session", …) to how many
}

// Export is all that is kept of a conversation.
type Export struct {
	Conversation
	Feedback map[string]Feedback `json:"feedback"` // by message id
	CSAT     *CSAT               `json:"csat"`
	Handoffs []HandoffRequest    `json:"handoffs"` // with the contact that was given
	Hidden   map[string]int      `json:"masked"`   // what was masked, by type: it is kept nowhere
}

// Erasure is a conversation that was erased, and when.
type Erasure struct {
	ConversationID string
	At             time.Time
}

// DeliveryKind is what is delivered to the support team.
type DeliveryKind string

// The kinds of delivery.
const (
	DeliverRequest DeliveryKind = "request" // the request for a human; its acceptance is the acknowledgement
	DeliverMessage DeliveryKind = "message" // what the customer wrote while a human has the conversation
	DeliverNotice  DeliveryKind = "notice"  // of a request, to another system
)

// Delivery is something on its way to the support team, claimed for one try.
type Delivery struct {
	ID       string // the receiver's idempotency key: the reference, or the message's id
	Kind     DeliveryKind
	Target   string         // the connector that a notice is for, "" for the primary one
	Request  HandoffRequest // of a message, Transcript is the message
	Attempt  int            // 1 for the first; it fences off whoever held an earlier claim
	QueuedAt time.Time      // a delivery is tried for a day from then on; staff may queue it again
}

// Acknowledgement is what the other side told as it took something.
type Acknowledgement struct {
	Ticket        string        // its own id of the request, "" if it gave none
	QueuePosition int           // 0 = not told
	ETA           time.Duration // 0 = not told
	Notify        []string      // the connectors that are to be told of it, too
}

// DeliveryStatus is a delivery as staff see it. LastError is a class of failure, never the other side's words.
type DeliveryStatus struct {
	ID         string       `json:"id"`
	Kind       DeliveryKind `json:"kind"`
	Target     string       `json:"target,omitempty"`
	State      string       `json:"state"` // pending, done, dead
	Attempts   int          `json:"attempts"`
	LastError  string       `json:"last_error,omitempty"`
	NextTry    *time.Time   `json:"next_try,omitempty"`
	FinishedAt *time.Time   `json:"finished_at,omitempty"`
}

// HandoffEventKind is what happened to a handoff on the other side.
type HandoffEventKind string

// The kinds of event.
const (
	HandoffAccepted HandoffEventKind = "accepted" // a person has it: the bot is silent from now on
	HandoffQueue    HandoffEventKind = "queue"    // its place in the queue
	HandoffMessage  HandoffEventKind = "message"  // a person wrote to the customer
	HandoffClosed   HandoffEventKind = "released" // the person is done: the bot answers again
)

// HandoffEvent is what the other side tells of a handoff.
type HandoffEvent struct {
	ID            string // the sender's own; one that was taken in is not taken in again
	Kind          HandoffEventKind
	Reference     string // or Ticket names it
	Ticket        string
	Text          Masked // of a message
	QueuePosition int
	ETA           time.Duration
}

// Spend is what one model has cost in a month.
type Spend struct {
	Model        string
	Calls        int64 // that cost something, failed and cancelled ones, losers and probes included
	InputTokens  int64
	OutputTokens int64
	Cost         Money
}

// Month names the month of a time in UTC, such as "2026-11": the period of budgets.
func Month(t time.Time) string { return t.UTC().Format("2006-01") }
