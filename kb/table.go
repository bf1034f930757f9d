package kb

import (
	"crypto/sha256"
	"math"
	"slices"
	"strconv"

	"github.com/blevesearch/mmap-go"

	"switchboard"
)

// table is the records of a segment's documents and passages, in one file that is mapped and read in place: only what a
// result shows is ever decoded. Documents stand in the order of their ids, passages in that of their documents and then
// of the text.
type table struct {
	records  mmap.MMap
	docs     []uint32 // where each document's record begins
	passages []uint32 // where each passage's record begins
	first    []uint32 // the place of each document's first passage, and the number of passages at the end
	docOf    []uint32 // the place of each passage's document
	terms    []uint32 // how many terms each passage has: of the title, of the text, by turns
	place    []uint32 // which passage is which number in bleve's index
	stems    []uint32 // where each document's terms begin
	acronyms []explainedIn
}

// explainedIn is an acronym that a document explains.
type explainedIn struct {
	doc uint32
	acronym
}

// entry is a document's record.
type entry struct {
	Document // without its body
	hash     [sha256.Size]byte
	lineAt   int // its line in the documents' file
	lineLen  int
}

// newTable makes the table of documents that are cut and indexed, and whose lines have those lengths.
func newTable(docs []pending, lines []int, cuts [][]cut, index built) *table {
	t := &table{place: index.place}
	// What is read of all documents at once stands together.
	var entries, passages, stems encoder
	line := 0
	for i, d := range docs {
		t.docs = append(t.docs, uint32(len(entries.b)))
		entries.document(d, line, lines[i])
		line += lines[i] + 1
		t.first = append(t.first, uint32(len(t.passages)))
		for _, c := range cuts[i] {
			t.passages = append(t.passages, uint32(len(passages.b)))
			t.docOf = append(t.docOf, uint32(i))
			passages.passage(c.Passage)
			acronymsIn(c.Text, func(a acronym) { t.acronyms = append(t.acronyms, explainedIn{uint32(i), a}) })
		}
		t.stems = append(t.stems, uint32(len(stems.b)))
		stems.stems(index.stems[i])
	}
	t.first = append(t.first, uint32(len(t.passages)))
	for i := range t.passages {
		t.passages[i] += uint32(len(entries.b))
	}
	for i := range t.stems {
		t.stems[i] += uint32(len(entries.b) + len(passages.b))
	}
	for _, l := range index.lengths {
		t.terms = append(t.terms, l[titleField], l[textField])
	}
	t.records = slices.Concat(entries.b, passages.b, stems.b)
	return t
}

func (e *encoder) document(d pending, lineAt, lineLen int) {
	e.string(d.ID)
	e.string(d.Lang)
	e.string(d.Audience)
	e.int(dayOr(d.ValidFrom, math.MinInt32))
	e.int(dayOr(d.ValidTo, math.MaxInt32))
	e.int(dayOr(d.ReviewBy, math.MaxInt32))
	e.strings(d.Supersedes)
	e.strings(d.Questions)
	e.b = append(e.b, d.hash[:]...)
	e.uint(lineAt)
	e.uint(lineLen)
	e.string(d.Title)
	e.string(d.URL)
	e.string(d.Owner)
	e.strings(d.Topics)
}

func (e *encoder) passage(p switchboard.Passage) {
	e.uint(p.Start)
	e.uint(p.End)
	e.strings(p.Section)
	e.string(p.Text)
}

// encode is the file: the length of the records, the records, then the arrays.
func (t *table) encode() []byte {
	var e encoder
	e.uint(len(t.records))
	e.b = append(e.b, t.records...)
	for _, a := range t.arrays() {
		e.array(*a)
	}
	e.uint(len(t.acronyms))
	for _, a := range t.acronyms {
		e.uint(int(a.doc))
		e.string(a.short)
		e.string(a.long)
	}
	return e.b
}

func (t *table) arrays() [7]*[]uint32 {
	return [7]*[]uint32{&t.docs, &t.passages, &t.first, &t.docOf, &t.terms, &t.place, &t.stems}
}

// decode reads what encode wrote. It keeps file, and looks into the records only when they are asked for.
func (t *table) decode(file mmap.MMap) error {
	t.records = file
	d := decoder{b: file}
	n := d.uint()
	if d.err != nil || n > len(d.b) {
		return errTable
	}
	base := uint32(len(file) - len(d.b))
	d.b = d.b[n:]
	for _, a := range t.arrays() {
		*a = d.array()
	}
	for range min(d.uint(), len(d.b)) {
		if d.err != nil {
			break
		}
		t.acronyms = append(t.acronyms, explainedIn{uint32(d.uint()), acronym{d.string(), d.string()}})
	}
	for _, offsets := range [3][]uint32{t.docs, t.passages, t.stems} {
		for i := range offsets {
			if int(offsets[i]) >= n {
				return errTable
			}
			offsets[i] += base
		}
	}
	if d.err != nil || !t.sound() {
		return errTable
	}
	return nil
}

// sound reports whether the arrays fit each other, so that no place in one leads outside of another.
func (t *table) sound() bool {
	nd, np := len(t.docs), len(t.passages)
	if nd == 0 || len(t.stems) != nd || len(t.first) != nd+1 || t.first[0] != 0 || int(t.first[nd]) != np || !slices.IsSorted(t.first) ||
		len(t.docOf) != np || len(t.terms) != 2*np || len(t.place) != np {
		return false
	}
	for d := range nd {
		for p := t.first[d]; p < t.first[d+1]; p++ {
			if int(t.docOf[p]) != d || int(t.place[p]) >= np {
				return false
			}
		}
	}
	return !slices.ContainsFunc(t.acronyms, func(a explainedIn) bool { return int(a.doc) >= nd })
}

// id is a document's id, in the file's own bytes.
func (t *table) id(d int) []byte {
	dec := decoder{b: t.records[t.docs[d]:]}
	return dec.bytes()
}

// entry decodes a document's record.
func (t *table) entry(d int) entry {
	dec := decoder{b: t.records[t.docs[d]:]}
	var e entry
	e.ID, e.Lang, e.Audience = dec.string(), dec.string(), dec.string()
	e.ValidFrom, e.ValidTo, e.ReviewBy = dayOf(dec.int()), dayOf(dec.int()), dayOf(dec.int())
	e.Supersedes, e.Questions = dec.strings(), dec.strings()
	if len(dec.b) >= len(e.hash) {
		dec.b = dec.b[copy(e.hash[:], dec.b):]
	}
	e.lineAt, e.lineLen = dec.uint(), dec.uint()
	e.Title, e.URL, e.Owner, e.Topics = dec.string(), dec.string(), dec.string(), dec.strings()
	return e
}

// beforeHash passes over what stands before a document's hash, and returns its id.
func (t *table) beforeHash(d int) (dec decoder, id []byte) {
	dec = decoder{b: t.records[t.docs[d]:]}
	id = dec.bytes()
	dec.bytes() // language
	dec.bytes() // audience
	for range 3 {
		dec.int() // days
	}
	for range 2 { // what it supersedes, and its questions
		for range min(dec.uint(), len(dec.b)) {
			dec.bytes()
		}
	}
	return dec, id
}

// hash is a document's, in the table's own bytes.
func (t *table) hash(d int) (sum [sha256.Size]byte) {
	dec, _ := t.beforeHash(d)
	copy(sum[:], dec.b)
	return sum
}

// passage decodes one, with what its document knows. Language and audience are the segment's own strings.
func (s *segment) passage(p int) switchboard.Passage {
	x := s.passageOf(int(s.docOf[p]))
	s.fill(&x, p)
	return x
}

// passageOf is what all passages of a document have.
func (s *segment) passageOf(d int) switchboard.Passage {
	dec, id := s.beforeHash(d)
	dec.b = dec.b[min(sha256.Size, len(dec.b)):]
	dec.uint() // where its line is …
	dec.uint() // … and how long
	return switchboard.Passage{
		DocumentID: string(id), Title: dec.string(), URL: dec.string(),
		Lang: s.langs[s.facts.lang[d]].name, Audience: s.facts.audiences[s.facts.audience[d]],
	}
}

// fill puts passage p in the place of what x is a passage of.
func (s *segment) fill(x *switchboard.Passage, p int) {
	x.ID = s.passageID(p, x.DocumentID)
	dec := decoder{b: s.records[s.passages[p]:]}
	end := dec
	end.uint()
	end.uint()
	end.skipStrings()
	if end.bytes(); end.err == nil {
		dec.own(len(dec.b) - len(end.b))
	}
	x.Start, x.End, x.Section, x.Text = dec.uint(), dec.uint(), dec.strings(), dec.string()
}

// passageID is "document#n", n from 1.
func (t *table) passageID(p int, doc string) string {
	return doc + "#" + strconv.Itoa(p-int(t.first[t.docOf[p]])+1)
}

// length is how many terms a passage has.
func (t *table) length(p int) lengths { return lengths{t.terms[2*p], t.terms[2*p+1]} }

// documentLength is how many terms a document has: the text's are those of its passages together, the title's the most
// of any, since every passage repeats the title.
func (t *table) documentLength(d int) lengths {
	var l lengths
	for p := int(t.first[d]); p < int(t.first[d+1]); p++ {
		one := t.length(p)
		l[titleField] = max(l[titleField], one[titleField])
		l[textField] += one[textField]
	}
	return l
}
