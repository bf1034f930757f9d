package gaps

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"switchboard"
)

// Draft is an article that a gap asks for.
type Draft struct {
	ID        string   `json:"id"`
	Title     string   `json:"title"`
	Lang      string   `json:"lang"`
	Topics    []string `json:"topics"`
	Questions []string `json:"questions"` // that it is to answer
	Body      string   `json:"body"`      // Markdown
	// Unfinished says that it has no answer yet: customers must not be answered from it.
	Unfinished bool `json:"unfinished"`
}

// draftQuestions is how many of a gap's questions an article names.
const draftQuestions = 8

// DraftOf writes the article that a gap asks for around an answer in Markdown. Where there is none, it says what is to be
// written.
func DraftOf(g Gap, answer string) Draft {
	a := Draft{
		ID: strings.Replace(g.ID, "gap_", "gap-", 1), Title: shortTitle(string(g.Title)), Lang: g.Lang, Topics: []string{},
		Questions: []string{}, Body: strings.TrimSpace(answer), Unfinished: strings.TrimSpace(answer) == "",
	}
	if g.Topic != "" {
		a.Topics = []string{g.Topic}
	}
	for _, q := range g.examples(draftQuestions) {
		if text := string(q.Question); !strings.Contains(text, "[") { // what was masked in it is nobody else's question
			a.Questions = append(a.Questions, text)
		}
	}
	if !a.Unfinished {
		return a
	}
	var b strings.Builder
	b.WriteString("Write the answer here, then remove everything below and the date from which this is valid.\n\n## What was asked\n\n")
	for _, e := range g.examples(draftQuestions) {
		fmt.Fprintf(&b, "- %s\n", oneLine(string(e.Question)))
	}
	if len(g.Missing) > 0 {
		fmt.Fprintf(&b, "\n## Words that no article had\n\n%s\n", strings.Join(g.Missing, ", "))
	}
	if len(g.Documents) > 0 {
		b.WriteString("\n## Articles that came close\n\n")
		for _, n := range g.Documents {
			fmt.Fprintf(&b, "- %s (%s)\n", oneLine(n.Title), n.ID)
		}
	}
	a.Body = b.String()
	return a
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// shortTitle is the beginning of a question, as far as a title goes.
func shortTitle(s string) string {
	s = oneLine(s)
	if r := []rune(s); len(r) > 100 {
		s = string(r[:99]) + "…"
	}
	return s
}

// Write drafts an article for a gap. The gap's record names it from then on.
func (d *Desk) Write(ctx context.Context, id, by, answer string) (g Gap, a Draft, candidate string, err error) {
	if g, err = d.Gap(ctx, id); err != nil {
		return g, a, "", err
	}
	if g.Draft != "" && g.State != switchboard.GapOpen {
		return g, a, "", switchboard.Errorf(switchboard.Conflict, "the gap has a draft already: %s", g.Draft)
	}
	a = DraftOf(g, answer)
	if g.Draft == a.ID { // of before the gap was opened again: that article stays, this is another
		a.ID += "-" + d.now().UTC().Format("20060102150405")
	}
	if candidate, err = d.Draft(ctx, a, by, "drafted for "+g.ID); err != nil {
		return g, a, "", err
	}
	g, err = d.change(ctx, g, by, func(r *switchboard.GapRecord) {
		r.State, r.Document, r.Why = switchboard.GapDrafted, a.ID, ""
	})
	return g, a, candidate, err
}

// Case is an eval case in promptfoo's test format.
type Case struct {
	Description string            `json:"description" yaml:"description"`
	Vars        map[string]string `json:"vars" yaml:"vars"`
	Assert      []Assertion       `json:"assert" yaml:"assert"`
	Metadata    map[string]string `json:"metadata" yaml:"metadata"`
}

// Assertion is one of a case's.
type Assertion struct {
	Type  string `json:"type" yaml:"type"`
	Value string `json:"value" yaml:"value"`
}

// caseQuestions is how many of a gap's questions become cases.
const caseQuestions = 5

// Cases makes eval cases of a gap's most central questions, and notes which, so that an erasure can tell where they are.
// suite is the file that they are written to, "" where the caller is given them. Each wants an answer and, where a document
// is known that gives it, that document cited.
func (d *Desk) Cases(ctx context.Context, id, suite string) ([]Case, error) {
	g, err := d.Gap(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []Case
	var noted []switchboard.GapCase
	for i, q := range g.examples(caseQuestions) {
		c := Case{
			Description: fmt.Sprintf("%s %d", g.ID, i+1), Vars: map[string]string{"question": string(q.Question), "locale": q.Lang},
			Assert: []Assertion{{"action", string(switchboard.ActionAnswer)}}, Metadata: map[string]string{"gap": g.ID, "message": q.ID},
		}
		if g.Draft != "" {
			c.Assert = append(c.Assert, Assertion{"cites", g.Draft})
		}
		out = append(out, c)
		noted = append(noted, switchboard.GapCase{
			MessageID: q.ID, ConversationID: q.ConversationID, GapID: g.ID, Suite: suite, At: d.now(),
		})
	}
	return out, d.Journal.SaveGapCases(ctx, noted)
}

// JSONL is cases one a line, as eval suites take them.
func JSONL(cases []Case) ([]byte, error) {
	var out []byte
	for _, c := range cases {
		line, err := json.Marshal(c)
		if err != nil {
			return nil, fmt.Errorf("write an eval case: %w", err)
		}
		out = append(append(out, line...), '\n')
	}
	return out, nil
}

// Again is how Check goes about it. The zero value asks up to 20 questions and wants all of them answered.
type Again struct {
	Most  int     // questions asked at most, the most central; 1..50, 0 is 20
	Share float64 // of them that must be answered, 0..1; 0 is all
}

const defaultMost = 20

// Check asks a gap's questions again, each in a conversation of its own, and closes the gap where they are answered: all,
// or the share that was said. Else it stays as it is. What each got is kept as the proof. Where a question had been
// answered and that did not help, the same answer again does not count.
func (d *Desk) Check(ctx context.Context, id, by string, how Again) (Gap, error) {
	g, err := d.Gap(ctx, id)
	if err != nil {
		return g, err
	}
	was := g.State
	if was == switchboard.GapIgnored {
		return g, switchboard.Errorf(switchboard.Conflict, "the gap is ignored: reopen it first")
	}
	if g, err = d.change(ctx, g, by, func(r *switchboard.GapRecord) { r.State = switchboard.GapFixed }); err != nil {
		return g, err
	}
	if was == switchboard.GapClosed || was == switchboard.GapFixed || g.Reopened {
		was = switchboard.GapOpen // where it fails now, it is not closed any more
	}
	most := how.Most
	if most <= 0 || most > maxExamples {
		most = defaultMost
	}
	answers, answered, release, err := d.askAll(ctx, g.examples(most))
	share := how.Share
	if share <= 0 || share > 1 {
		share = 1
	}
	proven := err == nil && len(answers) > 0 && float64(answered) >= share*float64(len(answers))
	after, saveErr := d.change(context.WithoutCancel(ctx), g, by, func(r *switchboard.GapRecord) {
		r.State = was
		if err != nil {
			return
		}
		if proven {
			r.State, r.Why = switchboard.GapClosed, ""
		}
		r.Release, r.CheckedAt = release, d.now().UTC()
		for i := range r.Questions {
			r.Questions[i].Checked = answers[r.Questions[i].MessageID]
		}
	})
	if err != nil {
		return after, err
	}
	return after, saveErr
}

// askAll asks questions again, some at a time.
func (d *Desk) askAll(ctx context.Context, questions []unanswered) (
	answers map[string]*switchboard.GapAnswer, answered int, release switchboard.ReleaseID, err error,
) {
	got := make([]switchboard.GapAnswer, len(questions))
	under := make([]switchboard.ReleaseID, len(questions))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(askedAtOnce)
	for i, q := range questions {
		g.Go(func() (err error) {
			got[i], under[i], err = d.again(ctx, q)
			return err
		})
	}
	err = g.Wait()
	answers = map[string]*switchboard.GapAnswer{}
	for i, q := range questions {
		answers[q.ID], release = &got[i], under[i]
		if got[i].Answered {
			answered++
		}
	}
	return answers, answered, release, err
}

// askedAtOnce is how many questions are asked at a time: customers' turns go on beside them.
const askedAtOnce = 2

// again asks one question again.
func (d *Desk) again(ctx context.Context, q unanswered) (switchboard.GapAnswer, switchboard.ReleaseID, error) {
	a, err := d.Ask(ctx, q.Lang, string(q.Question))
	if err != nil {
		return switchboard.GapAnswer{}, "", fmt.Errorf("ask a question again: %w", err)
	}
	out := switchboard.GapAnswer{Action: a.Action, Reason: a.Reason, Documents: []string{}}
	for _, c := range a.Citations {
		if !slices.Contains(out.Documents, c.DocumentID) {
			out.Documents = append(out.Documents, c.DocumentID)
		}
	}
	out.Answered = a.Action == switchboard.ActionAnswer && len(out.Documents) > 0
	if out.Answered && (q.cause == RatedDown || q.cause == HumanAsked || q.cause == AskedAgain) {
		t, err := d.Journal.Turn(ctx, q.ConversationID, q.ID)
		if err != nil && switchboard.KindOf(err) != switchboard.NotFound {
			return out, a.Release, err
		}
		out.Answered = t.Answer.Text != a.Text
	}
	return out, a.Release, nil
}
