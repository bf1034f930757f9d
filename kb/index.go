package kb

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/index/scorch"
	bleve "github.com/blevesearch/bleve_index_api"

	"switchboard/kb/analysis"
)

// The index holds two fields for each language, "title:en" and "text:en", so that a language is a collection of its
// own: its number of passages, document frequencies and mean lengths are not mixed with those of others, where the
// same letters are other words. Fields are fixed in code, never taken from documents; nothing is stored and nothing
// has positions or doc values: texts, lengths and all that filters need are in the segment's own table.

// field numbers the two weighted fields.
type field int

const (
	titleField field = iota
	textField
	fieldCount
)

// name is the field's name in the index.
func (f field) name(lang string) string {
	if f == titleField {
		return "title:" + lang
	}
	return "text:" + lang
}

// of is what of a passage the field holds.
func (f field) of(c cut) string {
	if f == titleField {
		return c.title
	}
	return c.text
}

// lengths is how many terms a passage or a document has in each field.
type lengths [fieldCount]uint32

// built is what building an index tells.
type built struct {
	lengths []lengths      // of each passage
	place   []uint32       // which passage is which number in the index
	stems   [][]occurrence // of each document
}

// buildIndex writes the index of cuts to dir/index. A passage's id in the index is its place in cuts.
func buildIndex(ctx context.Context, dir string, docs [][]cut) (built, error) {
	cuts := slices.Concat(docs...)
	path := filepath.Join(dir, indexDir)
	b, err := scorch.NewBuilder(map[string]any{"path": path, "buildPathPrefix": dir, "batchSize": len(cuts) + 1})
	if err != nil {
		return built{}, fmt.Errorf("start index: %w", err)
	}
	out := built{lengths: make([]lengths, len(cuts))}
	var counts counter
	for i, c := range cuts {
		if err := ctx.Err(); err != nil {
			return built{}, err
		}
		if i == 0 || c.DocumentID != cuts[i-1].DocumentID {
			out.stems = append(out.stems, nil)
		}
		doc := document.NewDocument(strconv.Itoa(i))
		for f := range fieldCount {
			field := counts.count(f.name(c.Lang), analysis.For(c.Lang), analysis.PhrasesOf(c.Lang), f.of(c))
			out.lengths[i][f] = uint32(field.length)
			last := &out.stems[len(out.stems)-1]
			*last = field.addTo(*last, f)
			doc.AddField(field)
		}
		if err := b.Index(doc); err != nil {
			return built{}, fmt.Errorf("index passage %s: %w", c.ID, err)
		}
	}
	if err := b.Close(); err != nil {
		return built{}, fmt.Errorf("write index: %w", err)
	}
	out.place, err = readPlaces(path, len(cuts))
	return out, err
}

// counter makes fields of texts.
type counter struct{ terms []analysis.Term }

func (c *counter) count(name string, a *analysis.Analyser, phrases *analysis.Phrases, text string) *countedField {
	c.terms = a.AppendAll(c.terms[:0], text)
	// Few texts have as many different terms: maps that are too large cost more than maps that grow.
	f := &countedField{name: name, frequencies: make(bleve.TokenFrequencies, len(c.terms)/2)}
	for _, t := range c.terms {
		if !t.Stop {
			f.add(t.Text)
			f.length++
		}
	}
	phrases.Find(c.terms, f.add) // beside their words: they make nothing longer
	return f
}

// add counts an occurrence. Terms stand in the map's keys alone, where bleve's segments look for them.
func (f *countedField) add(term string) {
	have := f.frequencies[term]
	if have == nil {
		if len(f.spare) == 0 {
			f.spare = make([]bleve.TokenFreq, 32)
		}
		have, f.spare = &f.spare[0], f.spare[1:]
		f.frequencies[term] = have
	}
	have.SetFrequency(have.Frequency() + 1)
}

// addTo adds the field's terms to those of its document.
func (f *countedField) addTo(all []occurrence, which field) []occurrence {
	for text, n := range f.frequencies {
		if !strings.Contains(text, " ") { // a phrase: its words are there too
			all = append(all, occurrence{text, which, n.Frequency()})
		}
	}
	return all
}

// countedField is a field of bleve's that knows its terms and how often it has each.
type countedField struct {
	name        string
	length      int
	frequencies bleve.TokenFrequencies
	spare       []bleve.TokenFreq // allocated together
}

// The methods of bleve's Field.

func (f *countedField) Name() string                                     { return f.name }
func (f *countedField) Value() []byte                                    { return nil }
func (f *countedField) ArrayPositions() []uint64                         { return nil }
func (f *countedField) EncodedFieldType() byte                           { return 't' }
func (f *countedField) Analyze()                                         {}
func (f *countedField) Options() bleve.FieldIndexingOptions              { return bleve.IndexField }
func (f *countedField) AnalyzedLength() int                              { return f.length }
func (f *countedField) AnalyzedTokenFrequencies() bleve.TokenFrequencies { return f.frequencies }
func (f *countedField) NumPlainTextBytes() uint64                        { return 0 }
func (f *countedField) Size() int                                        { return 0 }

// postings reads an index on disk. It is opened when something is first asked of it: making a snapshot out of another
// needs none of it. It is safe for concurrent use until it is closed.
type postings struct {
	dir    string
	once   sync.Once
	err    error // of opening
	index  bleve.Index
	reader bleve.IndexReader
}

// open opens the index for reading only, so that several processes may have it open.
func (p *postings) open() error {
	p.once.Do(func() { p.err = p.start() })
	return p.err
}

func (p *postings) start() error {
	queue := bleve.NewAnalysisQueue(1)
	defer queue.Close() // only writing would need it
	idx, err := scorch.NewScorch(scorch.Name, map[string]any{
		"path": p.dir, "read_only": true,
		"bolt_timeout":           "5s", // or it would wait for ever for somebody who has it open for writing
		"fieldTFRCacheThreshold": 0,    // each list is read once
	}, queue)
	if err != nil {
		return fmt.Errorf("open index: %w", err)
	}
	if err := idx.Open(); err != nil {
		return fmt.Errorf("open index: %w", err)
	}
	reader, err := idx.Reader()
	if err != nil {
		return errors.Join(fmt.Errorf("read index: %w", err), idx.Close())
	}
	p.index, p.reader = idx, reader
	return nil
}

func (p *postings) close() error {
	if p.index == nil {
		return nil
	}
	err := errors.Join(p.reader.Close(), p.index.Close())
	p.index, p.reader = nil, nil
	return err
}

// readPlaces learns which passage is which number of the index in dir, which must have so many.
func readPlaces(dir string, passages int) (place []uint32, err error) {
	p := postings{dir: dir}
	if err := p.open(); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	ids, err := p.reader.DocIDReaderAll()
	if err != nil {
		return nil, err
	}
	defer ids.Close()
	place = make([]uint32, passages)
	for seen := 0; ; seen++ {
		id, err := ids.Next()
		if err != nil {
			return nil, err
		}
		if id == nil {
			if seen != passages {
				return nil, fmt.Errorf("index has %d passages, not %d", seen, passages)
			}
			return place, nil
		}
		external, err := p.reader.ExternalID(id)
		if err != nil {
			return nil, err
		}
		n, err := strconv.ParseUint(external, 10, 32)
		if err != nil || int(n) >= passages || id.Value() >= uint64(passages) {
			return nil, fmt.Errorf("index has the foreign id %.20q", external)
		}
		place[id.Value()] = uint32(n)
	}
}

// each calls visit with the number and the frequency of every passage that has term in field.
func (p *postings) each(ctx context.Context, field, term string, visit func(number, freq uint64)) error {
	if err := p.open(); err != nil {
		return err
	}
	r, err := p.reader.TermFieldReader(ctx, []byte(term), field, true, false, false)
	if err != nil {
		return err
	}
	defer r.Close()
	var spare bleve.TermFieldDoc
	for {
		posting, err := r.Next(&spare)
		if err != nil || posting == nil {
			return err
		}
		visit(posting.ID.Value(), posting.Freq)
	}
}

// vocabulary calls visit with every term of a field and the number of passages that have it, in the order of the terms.
func (p *postings) vocabulary(field string, visit func(term string, passages uint64)) (err error) {
	if err := p.open(); err != nil {
		return err
	}
	dict, err := p.reader.FieldDict(field)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dict.Close()) }()
	for {
		e, err := dict.Next()
		if err != nil || e == nil {
			return err
		}
		visit(e.Term, e.Count)
	}
}
