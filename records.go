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
}

// Line is one message of a transcript.
type Line struct {
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

// Erasure is a conversation that was erased, and when.
type Erasure struct {
	ConversationID string
	At             time.Time
}

// Delivery is a handoff request on its way to the support team, claimed for one try.
type Delivery struct {
	Request HandoffRequest
	Attempt int // 1 for the first; it fences off whoever held an earlier claim
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
