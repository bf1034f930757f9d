package switchboard

import "time"

// Asked is a turn as far as it tells what could not be answered. It is without what was found, which is most of a turn.
type Asked struct {
	ID             string // of the reply: "msg_…"
	ConversationID string
	Question       Masked
	Lang           string
	Topic          string
	Scope          float64
	EvidenceScore  float64
	Action         Action
	Reason         Reason
	Rating         string // the customer's word on the reply: "up", "down", "" for none
	Found          bool   // passages were found at all
	Missing        []string
	Guards         []string // that stopped sentences
	At             time.Time
}

// GapState is how far a gap has come.
type GapState string

// The states of a gap.
const (
	GapOpen    GapState = "open"    // nothing was done, or it was not enough
	GapDrafted GapState = "drafted" // an article was drafted for it
	GapFixed   GapState = "fixed"   // its questions are being asked again
	GapClosed  GapState = "closed"  // its questions were asked again and answered
	GapIgnored GapState = "ignored" // somebody said why nothing is to be done
)

// GapStates lists every state.
var GapStates = []GapState{GapOpen, GapDrafted, GapFixed, GapClosed, GapIgnored}

// GapRecord is what managers have made of a gap.
type GapRecord struct {
	ID        string
	State     GapState
	ChangedAt time.Time
	ChangedBy string
	Why       string
	Document  string // the id of its draft, "" if there is none
	// What the last check found, under which release and when; zero where there was none.
	Release   ReleaseID
	CheckedAt time.Time
	Questions []GapQuestion // of the gap when its record was last written, by message id
}

// GapQuestion is a question of a gap, by its turn. Its words stay with the turn.
type GapQuestion struct {
	MessageID      string
	ConversationID string
	Checked        *GapAnswer // what became of it in the last check; nil where it was not asked
}

// GapAnswer is what a question got when it was asked again.
type GapAnswer struct {
	Answered  bool     `json:"answered"`
	Action    Action   `json:"action"`
	Reason    Reason   `json:"reason"`
	Documents []string `json:"documents"` // cited
}

// GapCase is a question that was made an eval case, and where to.
type GapCase struct {
	MessageID      string
	ConversationID string
	GapID          string
	Suite          string // file, "" where the caller was given it
	At             time.Time
}
