package lint

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"switchboard/kb"
)

// Severity is how bad a finding is.
type Severity string

// The severities, worst first.
const (
	SeverityError   Severity = "error"   // customers get, or may get, a wrong answer
	SeverityWarning Severity = "warning" // somebody should look at it
	SeverityInfo    Severity = "info"    // worth knowing
)

// rank orders severities, worst first.
func (s Severity) rank() int {
	return slices.Index([]Severity{SeverityError, SeverityWarning, SeverityInfo}, s)
}

// Finding is one thing that somebody should look at.
type Finding struct {
	Rule     string   `json:"rule"` // a stable name
	Severity Severity `json:"severity"`
	Document string   `json:"document"`          // id
	Other    string   `json:"other,omitempty"`   // id of the second document, where there is one
	Passage  string   `json:"passage,omitempty"` // id of the passage, for rules that look at passages
	Line     int      `json:"line,omitempty"`    // of the document's text, from 1; 0 = the document as a whole
	Text     string   `json:"text"`              // what is wrong, for people
}

// Options are what Check goes by. Zero values mean the defaults.
type Options struct {
	Today time.Time // the day whose state is checked; its own calendar day counts. Zero: now
	Hosts []string  // hosts all of whose pages are documents: a link there that leads to none is broken

	// PersonalData returns the kinds of personal data in a text, such as "EMAIL". Nil: not looked for.
	PersonalData func(text string) []string
	// Hidden returns what in a text speaks to a model rather than to a reader. Nil: not looked for.
	Hidden func(text string) []string

	Only []string // names of the rules to apply; none = all
	Skip []string // names of rules not to apply

	Similar     float64 // share of common word sequences from which two documents are near duplicates; default 0.8
	LongPassage int     // words of a passage that are too many; default 200
	WideTable   int     // columns of a table that are too many; default 8
	LongLine    int     // words of a sentence that are too many; default 60
}

func (o Options) withDefaults() Options {
	if o.Today.IsZero() {
		o.Today = time.Now()
	}
	if o.Similar <= 0 {
		o.Similar = 0.8
	}
	if o.LongPassage <= 0 {
		o.LongPassage = 200
	}
	if o.WideTable <= 0 {
		o.WideTable = 8
	}
	if o.LongLine <= 0 {
		o.LongLine = 60
	}
	return o
}

// Check applies the rules to documents that are, or are to be, one snapshot. Findings come worst first, then by
// document, line and rule. An error means that a rule's name is not known or that ctx ended. The cost grows with the
// amount of text, a little faster than linearly; besides the documents it holds some kilobytes for each of them.
func Check(ctx context.Context, docs []kb.Document, o Options) ([]Finding, error) {
	chosen, err := choose(o)
	if err != nil {
		return nil, err
	}
	c := newChecker(docs, o.withDefaults())
	if err := c.readAll(ctx, chosen); err != nil {
		return nil, fmt.Errorf("check documents: %w", err)
	}
	for _, r := range chosen {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("check documents: %w", err)
		}
		if r.all != nil {
			r.all(c, c.reporter(r))
		}
	}
	slices.SortFunc(c.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Severity.rank(), b.Severity.rank()), cmp.Compare(a.Document, b.Document),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Other, b.Other), cmp.Compare(a.Text, b.Text))
	})
	return slices.Compact(c.findings), nil
}

// checker is one Check.
type checker struct {
	options Options
	today   int64 // the day, counted from 1970-01-01
	docs    []kb.Document
	byID    map[string]int
	lives   []life
	brand   map[string]bool // words of the company's own name, which stand everywhere and say nothing

	mu       sync.Mutex
	findings []Finding

	// What articles leave behind for rules that look at all of them; each at its document's place.
	texts    []textHash
	sketches []*sketch
	facts    [][]entry
	links    [][]link
	anchors  [][]string
}

func newChecker(docs []kb.Document, o Options) *checker {
	c := &checker{
		options: o, today: dayNumber(o.Today), docs: make([]kb.Document, len(docs)), byID: make(map[string]int, len(docs)),
		texts: make([]textHash, len(docs)), sketches: make([]*sketch, len(docs)), facts: make([][]entry, len(docs)),
		links: make([][]link, len(docs)), anchors: make([][]string, len(docs)),
	}
	for i, d := range docs {
		c.docs[i] = d.Normalize()
		if _, taken := c.byID[c.docs[i].ID]; !taken {
			c.byID[c.docs[i].ID] = i
		}
	}
	c.lives = livesOf(c.docs, c.byID)
	c.brand = brandOf(c.docs)
	return c
}

// readAll reads each document once and applies the rules that look at one at a time, on all processors.
func (c *checker) readAll(ctx context.Context, chosen []rule) error {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), max(len(c.docs), 1)) {
		workers.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(c.docs) {
					return
				}
				a := readArticle(i, c.docs[i])
				for _, r := range chosen {
					if r.each != nil {
						r.each(c, a, c.reporter(r))
					}
				}
			}
		})
	}
	workers.Wait()
	return ctx.Err()
}

// report takes a finding, whose rule, and severity where it has none, are filled in. It is safe for concurrent use.
type report func(Finding)

func (c *checker) reporter(r rule) report {
	return func(f Finding) {
		f.Rule = r.name
		if f.Severity == "" {
			f.Severity = r.severity
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.findings = append(c.findings, f)
	}
}

func choose(o Options) ([]rule, error) {
	for _, name := range slices.Concat(o.Only, o.Skip) {
		if !slices.Contains(Rules(), name) {
			return nil, fmt.Errorf("no rule is called %.40q; there are %s", name, strings.Join(Rules(), ", "))
		}
	}
	var chosen []rule
	for _, r := range rules() {
		if (len(o.Only) == 0 || slices.Contains(o.Only, r.name)) && !slices.Contains(o.Skip, r.name) {
			chosen = append(chosen, r)
		}
	}
	return chosen, nil
}

// quote is s in quotation marks, cut to what fits a line of a table.
func quote(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	const most = 90
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most-1]) + "…"
	}
	return "“" + s + "”"
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
