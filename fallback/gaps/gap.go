package gaps

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"switchboard"
	"switchboard/fallback/internal/lex"
)

// Gap is a group of questions that mean the same and were not answered.
type Gap struct {
	ID    string               `json:"id"` // of its first question's words; that of its record, where managers have made one
	Title switchboard.Masked   `json:"title"`
	State switchboard.GapState `json:"state"`
	// Reopened says that a gap was closed, and the same has been asked in vain since.
	Reopened      bool          `json:"reopened"`
	Questions     int           `json:"questions"`
	Conversations int           `json:"conversations"`
	Trend         Trend         `json:"trend"`
	Causes        map[Cause]int `json:"causes"`
	Topic         string        `json:"topic"` // the commonest of the policy's, "" for none
	Lang          string        `json:"lang"`
	FirstSeen     time.Time     `json:"first_seen"`
	LastSeen      time.Time     `json:"last_seen"`
	Guards        []string      `json:"guards"`  // that stopped answers, commonest first
	Missing       []string      `json:"missing"` // words that no passage had, commonest first
	Examples      []Example     `json:"examples"`
	Documents     []Near        `json:"documents"` // that came close, best first
	ChangedAt     *time.Time    `json:"changed_at"`
	ChangedBy     string        `json:"changed_by"`
	Why           string        `json:"why"`
	Draft         string        `json:"draft"` // the id of the article that was drafted
	Proof         *Proof        `json:"proof"`

	members []unanswered // by how central they are
	record  switchboard.GapRecord
}

// Trend is how often a gap was asked lately.
type Trend struct {
	Now    int   `json:"now"`    // in the last 7 days
	Before int   `json:"before"` // in the 7 days before those
	Days   []int `json:"days"`   // each of the last 14 days, oldest first
}

// Example is one question of a gap.
type Example struct {
	MessageID string                 `json:"message_id"`
	Question  switchboard.Masked     `json:"question"`
	At        time.Time              `json:"at"`
	Cause     Cause                  `json:"cause"`
	Checked   *switchboard.GapAnswer `json:"checked"` // what it got when it was asked again
}

// Near is a document that came close to answering.
type Near struct {
	ID        string  `json:"document_id"`
	Title     string  `json:"title"`
	URL       string  `json:"url"`
	Questions int     `json:"questions"` // for how many of the examples it was found
	Coverage  float64 `json:"coverage"`  // the best share of a question's information that one of its passages has, 0..1
}

// Proof is what came of asking a gap's questions again.
type Proof struct {
	Release  switchboard.ReleaseID `json:"release"`
	At       time.Time             `json:"at"`
	Asked    int                   `json:"asked"`
	Answered int                   `json:"answered"`
}

const (
	day         = 24 * time.Hour
	trendDays   = 14
	maxExamples = 50
	maxMissing  = 12
	// maxRecorded is how many of a gap's questions its record names: enough to know the gap by.
	maxRecorded = 500
)

// find makes gaps of what was not answered, largest first. records are what managers have made of earlier ones: a gap that
// has most of a record's questions, or its first question, is that record's.
func find(questions []unanswered, records []switchboard.GapRecord, now time.Time) []Gap {
	texts := make([]text, len(questions))
	for i, q := range questions {
		texts[i] = text{string(q.Question), q.Lang}
	}
	of, central := group(texts)
	var out []Gap
	for i, n := range of {
		if n == len(out) {
			out = append(out, Gap{})
		}
		out[n].members = append(out[n].members, questions[i])
	}
	orders := make([][]float32, len(out))
	for i, n := range of {
		orders[n] = append(orders[n], central[i])
	}
	for n := range out {
		out[n].describe(orders[n], now)
	}
	adopt(out, records)
	slices.SortStableFunc(out, func(a, b Gap) int {
		return cmp.Or(b.Questions-a.Questions, b.LastSeen.Compare(a.LastSeen), strings.Compare(a.ID, b.ID))
	})
	return out
}

// describe fills in what a gap's questions tell of it. They come in the order of their time; central is how near each is to
// the middle of them.
func (g *Gap) describe(central []float32, now time.Time) {
	first, last := g.members[0], g.members[len(g.members)-1]
	g.ID, g.Lang, g.State = idOf(first.Asked), first.Lang, switchboard.GapOpen
	g.FirstSeen, g.LastSeen, g.Questions = first.At, last.At, len(g.members)
	g.Causes, g.Trend.Days = map[Cause]int{}, make([]int, trendDays)
	conversations := map[string]bool{}
	var topics, guards, missing tally
	for _, m := range g.members {
		conversations[m.ConversationID] = true
		g.Causes[m.cause]++
		if m.Scope >= nearScope {
			topics.add(m.Topic)
		}
		for _, name := range m.Guards {
			guards.add(name)
		}
		for _, w := range m.Missing {
			missing.add(w)
		}
		if ago := int(now.Sub(m.At) / day); ago >= 0 && ago < trendDays {
			g.Trend.Days[trendDays-1-ago]++
			if ago < trendDays/2 {
				g.Trend.Now++
			} else {
				g.Trend.Before++
			}
		}
	}
	g.Conversations = len(conversations)
	g.Guards, g.Missing = guards.top(maxMissing), missing.top(maxMissing)
	if t := topics.top(1); len(t) > 0 {
		g.Topic = t[0]
	}
	order := make([]int, len(g.members))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(central[b], central[a]) })
	sorted := make([]unanswered, len(order))
	for i, j := range order {
		sorted[i] = g.members[j]
	}
	g.members, g.Title = sorted, sorted[0].Question
}

// idOf names a gap after the words of its first question: whoever finds the gap finds the same name.
func idOf(t switchboard.Asked) string {
	var words []string
	for _, w := range lex.Words(string(t.Question)) {
		if !lex.Function(w) {
			words = append(words, lex.Stem(w, t.Lang))
		}
	}
	slices.Sort(words)
	if len(words) == 0 {
		words = lex.Words(string(t.Question))
	}
	sum := sha256.Sum256([]byte(t.Lang + "\n" + strings.Join(slices.Compact(words), " ")))
	return "gap_" + hex.EncodeToString(sum[:6])
}

// adopt gives gaps the records that are theirs. A record whose questions are no more is nobody's.
func adopt(gaps []Gap, records []switchboard.GapRecord) {
	recordOf := map[string]int{} // by message
	byID := map[string]int{}
	for i, r := range records {
		byID[r.ID] = i
		for _, q := range r.Questions {
			recordOf[q.MessageID] = i
		}
	}
	type claim struct{ gap, record, shared int }
	var claims []claim
	for n := range gaps {
		shared := map[int]int{}
		for _, m := range gaps[n].members {
			if i, ok := recordOf[m.ID]; ok {
				shared[i]++
			}
		}
		if i, ok := byID[gaps[n].ID]; ok && shared[i] == 0 {
			shared[i] = 0
		}
		for i, k := range shared {
			claims = append(claims, claim{n, i, k})
		}
	}
	slices.SortFunc(claims, func(a, b claim) int { return cmp.Or(b.shared-a.shared, a.gap-b.gap, a.record-b.record) })
	taken, known := map[int]bool{}, map[int]bool{}
	for _, c := range claims {
		if !taken[c.record] && !known[c.gap] {
			taken[c.record], known[c.gap] = true, true
			gaps[c.gap].take(records[c.record])
		}
	}
	for n := range gaps { // a name that is another's by now
		if _, ok := byID[gaps[n].ID]; ok && !known[n] {
			gaps[n].ID = "gap_" + strings.TrimPrefix(gaps[n].ID, "gap_") + "b"
		}
	}
}

// take makes the gap its record's.
func (g *Gap) take(r switchboard.GapRecord) {
	g.record = r
	g.ID, g.State, g.ChangedBy, g.Why, g.Draft = r.ID, r.State, r.ChangedBy, r.Why, r.Document
	g.ChangedAt = &r.ChangedAt
	if g.State == switchboard.GapClosed && slices.ContainsFunc(g.members, func(m unanswered) bool { return m.At.After(r.ChangedAt) }) {
		g.State, g.Reopened = switchboard.GapOpen, true
	}
	if r.CheckedAt.IsZero() {
		return
	}
	g.Proof = &Proof{Release: r.Release, At: r.CheckedAt}
	for _, q := range r.Questions {
		if q.Checked != nil {
			g.Proof.Asked++
			if q.Checked.Answered {
				g.Proof.Answered++
			}
		}
	}
}

// examples are the gap's most central questions, no two of them in the same words.
func (g *Gap) examples(most int) []unanswered {
	var out []unanswered
	seen := map[string]bool{}
	for _, m := range g.members {
		if key := strings.Join(lex.Words(string(m.Question)), " "); !seen[key] && len(out) < most {
			seen[key] = true
			out = append(out, m)
		}
	}
	return out
}

// show fills in examples.
func (g *Gap) show(most int) {
	checked := map[string]*switchboard.GapAnswer{}
	for _, q := range g.record.Questions {
		checked[q.MessageID] = q.Checked
	}
	g.Examples = []Example{}
	for _, m := range g.examples(most) {
		g.Examples = append(g.Examples, Example{m.ID, m.Question, m.At, m.cause, checked[m.ID]})
	}
}

// tally counts words.
type tally map[string]int

func (t *tally) add(word string) {
	if word == "" {
		return
	}
	if *t == nil {
		*t = tally{}
	}
	(*t)[word]++
}

// top are the commonest words.
func (t tally) top(most int) []string {
	words := make([]string, 0, len(t))
	for w := range t {
		words = append(words, w)
	}
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(t[b]-t[a], strings.Compare(a, b)) })
	return words[:min(most, len(words))]
}
