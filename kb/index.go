package kb

import (
	"context"
	"errors"
	"fmt"
	"math"
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
	lengths []lengths         // of each passage
	place   []uint32          // which passage is which number in the index
	stems   []map[string]stem // of each document
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
	counts := counter{bytes: map[string][]byte{}}
	for i, c := range cuts {
		if err := ctx.Err(); err != nil {
			return built{}, err
		}
		if i == 0 || c.DocumentID != cuts[i-1].DocumentID {
			out.stems = append(out.stems, map[string]stem{})
		}
		doc := document.NewDocument(strconv.Itoa(i))
		for f := range fieldCount {
			field := counts.count(f.name(c.Lang), analysis.For(c.Lang), analysis.PhrasesOf(c.Lang), f.of(c))
			out.lengths[i][f] = uint32(field.length)
			field.addTo(out.stems[len(out.stems)-1], f)
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

// counter makes fields of texts. What they share is allocated once.
type counter struct {
	terms []analysis.Term
	bytes map[string][]byte // of each term
}

func (c *counter) count(name string, a *analysis.Analyser, phrases *analysis.Phrases, text string) *countedField {
	c.terms = a.AppendAll(c.terms[:0], text)
	f := &countedField{name: name, frequencies: make(bleve.TokenFrequencies, len(c.terms))}
	for _, t := range c.terms {
		if !t.Stop {
			c.add(f, t.Text)
			f.length++
		}
	}
	phrases.Find(c.terms, func(name string) { c.add(f, name) }) // beside their words: they make nothing longer
	return f
}

func (c *counter) add(f *countedField, term string) {
	have := f.frequencies[term]
	if have == nil {
		if c.bytes[term] == nil {
			c.bytes[term] = []byte(term)
		}
		have = &bleve.TokenFreq{Term: c.bytes[term]}
		f.frequencies[term] = have
	}
	have.SetFrequency(have.Frequency() + 1)
}

// addTo counts the field's terms for its document: the text's together, the title's as often as any passage has them.
func (f *countedField) addTo(stems map[string]stem, which field) {
	for text, n := range f.frequencies {
		if strings.Contains(text, " ") { // a phrase: its words are there too
			continue
		}
		have := stems[text]
		if which == titleField {
			have.title = max(have.title, uint8(min(n.Frequency(), math.MaxUint8)))
		} else {
			have.body = uint8(min(n.Frequency()+int(have.body), math.MaxUint8))
		}
		stems[text] = have
	}
}

// countedField is a field of bleve's that knows its terms and how often it has each.
type countedField struct {
	name        string
	length      int
	frequencies bleve.TokenFrequencies
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
