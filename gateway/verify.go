package gateway

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"switchboard"
	"switchboard/fallback/guard"
	"switchboard/prompts"
)

// errStopped ends a generation because a sentence failed its verification.
var errStopped = errors.New("a sentence failed verification")

// errTooLong says that a model ran into its limit of tokens.
var errTooLong = errors.New("the reply was cut at the limit of tokens")

// maxReply bounds a reply, in bytes. A model that talks on is cut at a sentence.
const maxReply = 12_000

// outlet lets a model's stream out sentence by sentence. A sentence leaves only after its numbers, links, citations
// and promises have been checked against the passages; the first that fails stops the stream. Markers are numbered
// anew in the order in which passages are first cited. It belongs to one turn and is not safe for concurrent use.
type outlet struct {
	w     *work
	ctx   context.Context // in which a model may be asked to judge; nil asks none. The outlet lives within it
	draft guard.Draft     // all but the sentence

	split    splitter
	raw      strings.Builder // what was let out, with the model's own markers: what a next model is told
	numbers  map[int]int     // passage (from 1) to the number of its citation
	cites    []switchboard.Citation
	said     repeats
	stop     *switchboard.Stop
	absent   bool // the model says that the passages do not answer
	grounded float64
	spent    time.Duration // on verification
	before   func()        // called before the first sentence is let out; may be nil
}

func newOutlet(w *work, draft guard.Draft) *outlet {
	return &outlet{w: w, draft: w.rt.Reading.Prepare(draft), numbers: map[int]int{}}
}

// write takes more of the model's text. It fails with errStopped, or when the customer's side cannot be reached.
func (o *outlet) write(delta string) error {
	for _, sentence := range o.split.add(delta) {
		if err := o.release(sentence); err != nil {
			return err
		}
	}
	return nil
}

// close lets the last sentence out.
func (o *outlet) close() error {
	if rest := o.split.flush(); rest != "" {
		return o.release(rest)
	}
	return nil
}

// resume forgets what is unfinished and returns what has been shown, in the words and numbers of the model.
func (o *outlet) resume() string {
	o.split = splitter{}
	return o.raw.String()
}

// release verifies one sentence and shows it.
func (o *outlet) release(sentence string) error {
	body := strings.TrimSpace(sentence)
	if body == "" {
		return o.show(sentence, sentence)
	}
	if strings.Contains(strings.ToUpper(body), prompts.NotInPassages) { // small models don't keep to the case
		o.absent = true
		return errStopped
	}
	if wordless(body) && (o.raw.Len() == 0 || !strings.Contains(body, "[")) {
		return nil // a lone marker at the start, or what is left of markup: nothing is said
	}
	words := wordsOf(body)
	if o.said.again(words) {
		if o.said.repeated <= mostRepeated {
			return nil
		}
		o.stop = &switchboard.Stop{Guard: "repetition", Reason: switchboard.ReasonModelCut, Detail: "the reply goes in circles"}
		return errStopped
	}
	if o.raw.Len() > maxReply {
		o.stop = &switchboard.Stop{Guard: "length", Reason: switchboard.ReasonModelCut, Detail: "the reply grew too long"}
		return errStopped
	}
	began := time.Now()
	d := o.draft
	d.Sentence, d.Personal = body, o.w.personal(body)
	v := o.judged(guard.Check(d), body)
	o.spent += time.Since(began)
	if !v.OK {
		o.stop = o.w.stopped(v, body)
		return errStopped
	}
	if v.Grounded > 0 && (o.grounded == 0 || v.Grounded < o.grounded) {
		o.grounded = v.Grounded
	}
	o.said.add(words)
	o.w.t.Said = append(o.w.t.Said, switchboard.Checked{Sentence: switchboard.Masked(body), Passages: v.Cites, Grounded: v.Grounded})
	return o.show(sentence, o.number(sentence, v.Cites))
}

// personal finds the personal data of a sentence. The customer's own stands in it as tokens.
func (w *work) personal(sentence string) (found []guard.Private) {
	for _, sp := range w.rt.Masker.Find(sentence) {
		found = append(found, guard.Private{Kind: string(sp.Type), Text: sentence[sp.Start:sp.End]})
	}
	return found
}

// stopped is the record of a sentence that was not let out. What it invented may look like somebody's data.
func (w *work) stopped(v guard.Verdict, sentence string) *switchboard.Stop {
	masked, _ := w.rt.Masker.Mask(sentence)
	detail, _ := w.rt.Masker.Mask(v.Detail)
	return &switchboard.Stop{Guard: v.Guard, Reason: v.Reason, Detail: string(detail), Sentence: masked}
}

// markers are citations as a model writes them.
var markers = regexp.MustCompile(`\[[0-9, ]+\]`)

// wordless reports whether a sentence has no letter and no digit but those of markers.
func wordless(sentence string) bool {
	said := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }
	before, _, _ := strings.Cut(sentence, "[")
	return !strings.ContainsFunc(before, said) && !strings.ContainsFunc(markers.ReplaceAllString(sentence, ""), said)
}

// show emits a verified sentence, the citations that it used for the first time behind it.
func (o *outlet) show(raw, numbered string) error {
	if o.raw.Len() == 0 {
		raw, numbered = strings.TrimLeft(raw, " \n\t"), strings.TrimLeft(numbered, " \n\t")
	}
	if numbered == "" {
		return nil
	}
	if o.before != nil && o.raw.Len() == 0 {
		o.before()
	}
	o.raw.WriteString(raw)
	if err := o.w.say(numbered); err != nil {
		return err
	}
	return o.cite(len(o.numbers))
}

// cite emits the citations up to number n that have not been emitted.
func (o *outlet) cite(n int) error {
	for len(o.cites) < n {
		next := len(o.cites) + 1
		for i, number := range o.numbers {
			if number != next {
				continue
			}
			p := o.draft.Passages[i-1]
			o.cites = append(o.cites, switchboard.Citation{
				N: next, DocumentID: p.DocumentID, PassageID: p.ID, Title: p.Title, URL: p.URL, Quote: quote(p.Text),
			})
		}
		if err := o.w.send(switchboard.Event{Kind: switchboard.EventCitation, Citation: o.cites[next-1]}); err != nil {
			return err
		}
	}
	return nil
}

// number rewrites the markers of a sentence to the citations' numbers, and adds markers for the passages that back a
// sentence that has none.
func (o *outlet) number(sentence string, cites []int) string {
	var b strings.Builder
	marked := false
	for rest := sentence; rest != ""; {
		i := strings.IndexByte(rest, '[')
		if i < 0 {
			b.WriteString(rest)
			break
		}
		b.WriteString(rest[:i])
		n, ok := marker(rest[i:])
		if !ok {
			b.WriteByte('[')
			rest = rest[i+1:]
			continue
		}
		for _, field := range strings.FieldsFunc(rest[i+1:i+n-1], func(r rune) bool { return r == ',' || r == ' ' }) {
			if p, err := strconv.Atoi(field); err == nil {
				b.WriteString(o.marker(p))
				marked = true
			}
		}
		rest = rest[i+n:]
	}
	if marked || len(cites) == 0 {
		return b.String()
	}
	body := strings.TrimRight(b.String(), " \n\t")
	space := b.String()[len(body):]
	for _, p := range cites {
		body += " " + o.marker(p)
	}
	return body + space
}

func (o *outlet) marker(passage int) string {
	n, ok := o.numbers[passage]
	if !ok {
		n = len(o.numbers) + 1
		o.numbers[passage] = n
	}
	return "[" + strconv.Itoa(n) + "]"
}

// quote is a passage's text, cut for display.
func quote(text string) string {
	const most = 400
	if len(text) <= most {
		return text
	}
	cut := most - backToRune(text, most)
	if space := strings.LastIndexByte(text[:cut], ' '); space > 0 {
		cut = space
	}
	return text[:cut] + " …"
}
