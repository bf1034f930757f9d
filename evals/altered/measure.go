package altered

import (
	"context"
	"math/rand/v2"
	"strings"

	"switchboard"
	"switchboard/fallback/guard"
	"switchboard/kb"
)

// Searcher finds the passages that a reply would have been written from.
type Searcher interface {
	Search(ctx context.Context, q kb.Query) ([]switchboard.Passage, error)
}

// Options say what is measured.
type Options struct {
	Seed        uint64
	Most        int      // sentences that are taken; 0 = all
	Hosts       []string // as a policy lists them
	MinGrounded float64
	Wrong       func(Wrong) // called for each false stop and each altered sentence that was let out; may be nil
}

// Wrong is a sentence on which the guards erred.
type Wrong struct {
	Kind     string `json:"kind"`
	Altered  bool   `json:"altered"`
	Sentence string `json:"sentence"`
	Original string `json:"original"`
	Guard    string `json:"guard,omitempty"`
	Detail   string `json:"detail,omitempty"`
}

// Row is one kind of sentence. Of altered ones all should be stopped, of true ones none.
type Row struct {
	Kind    string  `json:"kind"`
	Altered bool    `json:"altered"`
	Tried   int     `json:"tried"`
	Stopped int     `json:"stopped"`
	Share   float64 `json:"share"`
}

// Report is what the guards did.
type Report struct {
	Sentences int   `json:"sentences"` // that were taken from the knowledge base
	Rows      []Row `json:"rows"`      // by kind, true ones first; each sum behind its rows
	Altered   Row   `json:"all_altered"`
	True      Row   `json:"all_true"`
}

// The names of the sums.
const (
	allTrue    = "all true sentences"
	allAltered = "all altered sentences"
)

// shown is how many passages a sentence is checked against, as in a turn.
const shown = 8

// claim is a true sentence, with the passages that are found for it. The one that it comes from is the one cited.
type claim struct {
	text     string
	from     int // its passage, from 1
	lang     string
	passages []switchboard.Passage
	others   []string // of this kind of sentence, from the other passages: what could be mistaken for this
}

// Measure takes the sentences of the passages that state a fact which can be altered.
func Measure(ctx context.Context, search Searcher, passages []switchboard.Passage, o Options) (Report, error) {
	m := measure{o: o, rng: rand.New(rand.NewPCG(o.Seed, 1)), said: map[string]bool{}, rows: map[string]*Row{}}
	var taken []claim
	for _, p := range passages {
		for _, text := range Sentences(p.Text, p.Lang) {
			m.said[plain(text)] = true
			if states(text) {
				taken = append(taken, claim{text: text, lang: p.Lang, passages: []switchboard.Passage{p}})
			}
		}
	}
	if o.Most > 0 && len(taken) > o.Most {
		m.rng.Shuffle(len(taken), func(i, j int) { taken[i], taken[j] = taken[j], taken[i] })
		taken = taken[:o.Most]
	}
	for _, c := range taken {
		if err := c.find(ctx, search, m.rng); err != nil {
			return Report{}, err
		}
		m.claim(c)
	}
	return m.report(len(taken)), nil
}

// find fetches the passages beside which the claim's own would have been shown, its own at a place by chance.
func (c *claim) find(ctx context.Context, search Searcher, rng *rand.Rand) error {
	own := c.passages[0]
	near, err := search.Search(ctx, kb.Query{Text: c.text, K: shown, Lang: c.lang})
	if err != nil {
		return err
	}
	found := make([]switchboard.Passage, 0, shown)
	for _, p := range near {
		if p.ID != own.ID && len(found) < shown-1 {
			found = append(found, p)
		}
	}
	at := rng.IntN(min(len(found), 3) + 1)
	c.passages = append(append(append([]switchboard.Passage{}, found[:at]...), own), found[at:]...)
	c.from = at + 1
	return nil
}

type measure struct {
	o     Options
	rng   *rand.Rand
	said  map[string]bool // what the knowledge base says somewhere is not false
	rows  map[string]*Row
	order []string
}

// claim checks a true sentence in all its forms and altered in all ways, with its passage cited and without.
func (m *measure) claim(c claim) {
	d := guard.Draft{Lang: c.lang, Passages: c.passages, Hosts: m.o.Hosts, MinGrounded: m.o.MinGrounded}.Prepared()
	m.check(d, c, "as written", c.text, false, false)
	for _, f := range forms {
		if text := f.say(c.text, c.lang); text != "" && text != c.text {
			m.check(d, c, f.name, text, false, false)
		}
	}
	for _, w := range ways {
		text := w.alter(c, m.rng)
		if text == "" || text == c.text || m.said[plain(text)] {
			continue
		}
		m.check(d, c, w.name, text, true, w.cited)
	}
}

// check shows the guards a sentence with its passage cited, and without unless it is onlyCited.
func (m *measure) check(d guard.Draft, c claim, kind, text string, altered, onlyCited bool) {
	r := m.rows[kind]
	if r == nil {
		r = &Row{Kind: kind, Altered: altered}
		m.rows[kind] = r
	}
	sentences := []string{cited(text, c.from), text}
	if onlyCited {
		sentences = sentences[:1]
	}
	for _, d.Sentence = range sentences {
		v := guard.Check(d)
		r.Tried++
		if !v.OK {
			r.Stopped++
		}
		if v.OK == altered && m.o.Wrong != nil {
			m.o.Wrong(Wrong{kind, altered, d.Sentence, c.text, v.Guard, v.Detail})
		}
	}
}

// cited puts the marker before the full stop or behind the sentence.
func cited(text string, n int) string {
	marker := " [" + string(rune('0'+n)) + "]"
	if body, ok := strings.CutSuffix(text, "."); ok && n%2 == 1 {
		return body + marker + "."
	}
	return text + marker
}

func (m *measure) report(sentences int) Report {
	r := Report{Sentences: sentences, True: Row{Kind: allTrue}, Altered: Row{Kind: allAltered, Altered: true}}
	kinds := []string{"as written"}
	for _, f := range forms {
		kinds = append(kinds, f.name)
	}
	for _, w := range ways {
		kinds = append(kinds, w.name)
	}
	add := func(sum *Row) {
		for _, k := range kinds {
			if row := m.rows[k]; row != nil && row.Altered == sum.Altered {
				row.Share = share(*row)
				r.Rows = append(r.Rows, *row)
				sum.Tried += row.Tried
				sum.Stopped += row.Stopped
			}
		}
		sum.Share = share(*sum)
		r.Rows = append(r.Rows, *sum)
	}
	add(&r.True)
	add(&r.Altered)
	return r
}

func share(r Row) float64 {
	if r.Tried == 0 {
		return 0
	}
	return float64(r.Stopped) / float64(r.Tried)
}
