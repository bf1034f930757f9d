package kb

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/index/scorch"
	bleve "github.com/blevesearch/bleve_index_api"
)

// The index holds two fields for each language, "title:en" and "text:en", so that a language is a collection of its
// own: its number of passages, document frequencies and mean lengths are not mixed with those of others, where the
// same letters are other words. Fields are fixed in code, never taken from documents; nothing is stored and nothing
// has positions or doc values: texts, lengths and all that filters need are in the snapshot's own files.

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

// indexBatch is how many passages are analysed at once, a bound on the memory that building takes.
const indexBatch = 1000

// lengths is how many terms a passage has in each field.
type lengths [fieldCount]int

// buildIndex writes the index of cuts to the folder dir, which must not exist, using tmp for its own scratch files.
// A passage's id in the index is its place in cuts. It returns the passages' lengths.
func buildIndex(ctx context.Context, dir, tmp string, cuts []cut, batch int) ([]lengths, error) {
	b, err := scorch.NewBuilder(map[string]any{"path": dir, "buildPathPrefix": tmp, "batchSize": batch})
	if err != nil {
		return nil, fmt.Errorf("start index: %w", err)
	}
	byLang := map[string]analysis.Analyzer{}
	all := make([]lengths, len(cuts))
	for i, c := range cuts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		a := byLang[c.Lang]
		if a == nil {
			if a, err = newAnalyser(c.Lang); err != nil {
				return nil, err
			}
			byLang[c.Lang] = a
		}
		doc := document.NewDocument(strconv.Itoa(i))
		for f := range fieldCount {
			terms := analysed(a.Analyze([]byte(f.of(c))))
			all[i][f] = len(terms)
			doc.AddField(document.NewTextFieldCustom(f.name(c.Lang), nil, nil, bleve.IndexField, terms))
		}
		if err := b.Index(doc); err != nil {
			return nil, fmt.Errorf("index passage %s: %w", c.ID, err)
		}
	}
	if err := b.Close(); err != nil {
		return nil, fmt.Errorf("write index: %w", err)
	}
	return all, nil
}

// analysed gives bleve the terms that were counted, so that text is analysed once.
type analysed analysis.TokenStream

// Analyze returns the terms.
func (a analysed) Analyze([]byte) analysis.TokenStream { return analysis.TokenStream(a) }

// postings reads an index on disk. It is safe for concurrent use until it is closed.
type postings struct {
	index  bleve.Index
	reader bleve.IndexReader
	place  []int32 // a passage's place by bleve's number for it
}

// openPostings opens the index in dir for reading only, so that several processes may have it open.
func openPostings(dir string, passages int) (*postings, error) {
	queue := bleve.NewAnalysisQueue(1)
	defer queue.Close() // only writing would need it
	idx, err := scorch.NewScorch(scorch.Name, map[string]any{
		"path": dir, "read_only": true,
		"bolt_timeout":           "5s", // or it would wait for ever for somebody who has it open for writing
		"fieldTFRCacheThreshold": 32,   // term readers kept for reuse in each field
	}, queue)
	if err != nil {
		return nil, err
	}
	if err := idx.Open(); err != nil {
		return nil, err
	}
	p, err := newPostings(idx, passages)
	if err != nil {
		return nil, errors.Join(err, idx.Close())
	}
	return p, nil
}

// newPostings learns which passage is which number of idx.
func newPostings(idx bleve.Index, passages int) (*postings, error) {
	reader, err := idx.Reader()
	if err != nil {
		return nil, err
	}
	p := &postings{index: idx, reader: reader}
	if err := p.readPlaces(passages); err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	return p, nil
}

func (p *postings) readPlaces(passages int) error {
	ids, err := p.reader.DocIDReaderAll()
	if err != nil {
		return err
	}
	defer ids.Close()
	seen := 0
	for {
		id, err := ids.Next()
		if err != nil {
			return err
		}
		if id == nil {
			break
		}
		external, err := p.reader.ExternalID(id)
		if err != nil {
			return err
		}
		place, err := strconv.ParseInt(external, 10, 32)
		if err != nil || place < 0 || place >= int64(passages) {
			return fmt.Errorf("index has the foreign id %.20q", external)
		}
		for n := id.Value(); uint64(len(p.place)) <= n; {
			p.place = append(p.place, -1)
		}
		p.place[id.Value()] = int32(place)
		seen++
	}
	if seen != passages {
		return fmt.Errorf("index has %d passages, not %d", seen, passages)
	}
	return nil
}

// each calls visit with the place and the frequency of every passage that has term in field. *spare saves the
// allocation of a posting for each term.
func (p *postings) each(ctx context.Context, field string, term []byte, spare *bleve.TermFieldDoc,
	visit func(place int32, freq uint64)) error {
	r, err := p.reader.TermFieldReader(ctx, term, field, true, false, false)
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		posting, err := r.Next(spare)
		if err != nil {
			return err
		}
		if posting == nil {
			return nil
		}
		visit(p.place[posting.ID.Value()], posting.Freq)
	}
}

func (p *postings) Close() error {
	return errors.Join(p.reader.Close(), p.index.Close())
}
