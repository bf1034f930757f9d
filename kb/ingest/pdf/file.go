package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
)

// header is the beginning of an object.
var header = regexp.MustCompile(`(\d{1,9})[ \t\r\n\f\x00]+\d{1,5}[ \t\r\n\f\x00]+obj$`)

const (
	maxObjects = 500_000
	maxPacked  = 20_000 // object streams
)

// place is where an object begins: in the file, or in an object stream that was unpacked.
type place struct {
	data []byte
	at   int
}

// file is a PDF's objects.
type file struct {
	b       []byte
	places  map[ref]place
	trailer dict
	budget  *budget
	packed  []stream // object streams, in the file's order
}

var (
	errCut       = errors.New("PDF is cut short")
	errEncrypted = errors.New("PDF is encrypted")
	errBudget    = errors.New("PDF unpacks to more than it may")
)

// open finds a file's objects. Of two with one number the later counts, as in files that were saved again.
func open(b []byte, budget *budget) (*file, error) {
	head := b[:min(len(b), 1024)]
	start := bytes.Index(head, []byte("%PDF-"))
	if start < 0 {
		return nil, errors.New("file is no PDF")
	}
	b = b[start:]
	// A reader needs what stands at the end; without it nobody knows which pages are missing.
	if last := bytes.LastIndex(b, []byte("startxref")); last < 0 || last < bytes.LastIndex(b, []byte("endobj")) {
		return nil, errCut
	}
	f := &file{b: b, places: map[ref]place{}, trailer: dict{}, budget: budget}
	if err := f.index(); err != nil {
		return nil, err
	}
	f.trailers()
	if f.trailer["Encrypt"] != nil {
		return nil, errEncrypted
	}
	if err := f.unpack(); err != nil {
		return nil, err
	}
	return f, nil
}

// index goes over the file and keeps where each object begins.
func (f *file) index() error {
	for at := 0; ; {
		next := bytes.Index(f.b[at:], []byte("obj"))
		if next < 0 {
			return nil
		}
		stop := at + next + len("obj")
		at, next = stop, max(at, stop-32)
		m := header.FindSubmatchIndex(f.b[next:stop])
		if m == nil {
			continue
		}
		number, err := strconv.Atoi(string(f.b[next+m[2] : next+m[3]]))
		if err != nil {
			continue
		}
		if len(f.places) >= maxObjects {
			return fmt.Errorf("PDF has more than %d objects", maxObjects)
		}
		f.places[ref(number)] = place{f.b, stop}
		if at, err = f.skip(stop); err != nil {
			return err
		}
	}
}

// skip goes past the object at a place, so that what looks like an object inside of a stream is not taken for one.
func (f *file) skip(at int) (int, error) {
	l := f.lexer(f.b, at)
	v := l.next()
	d, is := v.(dict)
	if !is {
		if f.budget.left < 0 {
			return 0, errBudget
		}
		if v == end { // an unbalanced bracket: look for objects right after
			return at, nil
		}
		return l.at, nil
	}
	s, after, is := f.streamAt(l, d)
	if !is {
		return l.at, nil
	}
	switch d["Type"] {
	case name("ObjStm"):
		if len(f.packed) >= maxPacked {
			return 0, fmt.Errorf("PDF has more than %d object streams", maxPacked)
		}
		f.packed = append(f.packed, s)
	case name("XRef"):
		f.merge(d)
	}
	return after, nil
}

func (f *file) lexer(b []byte, at int) *lexer {
	return &lexer{b: b, at: at, refs: true, budget: f.budget}
}

// streamAt takes the bytes of the stream whose dictionary l has just read, and where they end.
func (f *file) streamAt(l *lexer, d dict) (s stream, after int, is bool) {
	if l.blanks(); !bytes.HasPrefix(l.b[l.at:], []byte("stream")) {
		return stream{}, 0, false
	}
	from := l.at + len("stream")
	if from < len(l.b) && l.b[from] == '\r' {
		from++
	}
	if from < len(l.b) && l.b[from] == '\n' {
		from++
	}
	mark := []byte("endstream")
	if n := f.length(d["Length"]); n >= 0 && n <= len(l.b)-from {
		stop := from + n
		if tail := bytes.TrimLeft(l.b[stop:min(len(l.b), stop+16)], "\r\n \t"); bytes.HasPrefix(tail, mark) {
			return stream{d, l.b[from:stop]}, stop, true
		}
	}
	n := bytes.Index(l.b[from:], mark)
	if n < 0 || !f.budget.spend(n/8) {
		return stream{d, nil}, len(l.b), true
	}
	return stream{d, bytes.TrimRight(l.b[from:from+n], "\r\n")}, from + n, true
}

// length is a stream's length, -1 if it is not known. It looks at one token only: a length that is a stream itself
// would lead in a circle.
func (f *file) length(v any) int {
	if r, is := v.(ref); is {
		p, known := f.places[r]
		if !known {
			return -1
		}
		v = f.lexer(p.data, p.at).next()
	}
	if n, is := v.(float64); is && n >= 0 && n < 1<<40 {
		return int(n)
	}
	return -1
}

// trailers merges the dictionaries after the word trailer, later ones over earlier ones.
func (f *file) trailers() {
	word := []byte("trailer")
	at := 0
	for range 1000 {
		next := bytes.Index(f.b[at:], word)
		if next < 0 {
			return
		}
		at += next + len(word)
		if d, is := f.lexer(f.b, at).next().(dict); is {
			f.merge(d)
		}
	}
}

func (f *file) merge(d dict) {
	for _, key := range []name{"Root", "Info", "Encrypt"} {
		if d[key] != nil {
			f.trailer[key] = d[key]
		}
	}
}

// unpack finds the objects in object streams. They count as younger than objects of their own with the same number
// only where there is no such one: files that mix both give an object to one of them.
func (f *file) unpack() error {
	for _, s := range f.packed {
		data, err := f.decode(s)
		if err != nil {
			return err
		}
		first, _ := s.dict["First"].(float64)
		count, _ := s.dict["N"].(float64)
		l := f.lexer(data, 0)
		for i := 0.0; i < count; i++ {
			number, is1 := l.next().(float64)
			offset, is2 := l.next().(float64)
			if at := first + offset; !is1 || !is2 || at < 0 || at >= float64(len(data)) {
				break
			} else if _, direct := f.places[ref(number)]; !direct || f.inPacked(ref(number)) {
				f.places[ref(number)] = place{data, int(at)}
			}
			if len(f.places) > maxObjects {
				return fmt.Errorf("PDF has more than %d objects", maxObjects)
			}
		}
	}
	if f.budget.left < 0 {
		return errBudget
	}
	return nil
}

// inPacked reports whether an object's place is in an object stream rather than in the file.
func (f *file) inPacked(r ref) bool {
	p := f.places[r]
	return len(p.data) > 0 && len(f.b) > 0 && &p.data[0] != &f.b[0]
}

// get follows references. What is not there is nil; a stream comes as a stream.
func (f *file) get(v any) any {
	for range 8 {
		r, is := v.(ref)
		if !is {
			return v
		}
		p, known := f.places[r]
		if !known {
			return nil
		}
		l := f.lexer(p.data, p.at)
		v = l.next()
		if d, is := v.(dict); is {
			if s, _, is := f.streamAt(l, d); is {
				return s
			}
		}
		if _, bare := v.(op); bare {
			return nil
		}
	}
	return nil
}

// dict is v's dictionary, a stream's too; nil if it has none.
func (f *file) dict(v any) dict {
	switch v := f.get(v).(type) {
	case dict:
		return v
	case stream:
		return v.dict
	}
	return nil
}

func (f *file) list(v any) array {
	a, _ := f.get(v).(array)
	return a
}

func (f *file) number(v any, otherwise float64) float64 {
	if n, is := f.get(v).(float64); is {
		return n
	}
	return otherwise
}

func (f *file) name(v any) name {
	n, _ := f.get(v).(name)
	return n
}

// page is a page with what it inherits.
type page struct {
	dict
	resources any
	box       [4]float64 // left, bottom, right, top, in points
}

// pages lists the pages in order. It walks with a list of what is still to do, and visits no node twice.
func (f *file) pages(limit int) ([]page, error) {
	root := f.dict(f.trailer["Root"])
	if root == nil {
		return nil, errors.New("PDF has no catalogue")
	}
	var out []page
	type node struct {
		v  any
		up page
	}
	seen := map[ref]bool{}
	todo := []node{{root["Pages"], page{box: [4]float64{0, 0, 612, 792}}}}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if r, is := n.v.(ref); is {
			if seen[r] {
				return nil, errors.New("PDF's pages lead in a circle")
			}
			seen[r] = true
		}
		d := f.dict(n.v)
		if d == nil {
			return nil, errCut // a page that is not there
		}
		p := n.up.inherit(f, d)
		kids := f.list(d["Kids"])
		if kids == nil && f.name(d["Type"]) != "Pages" {
			if out = append(out, p); len(out) > limit {
				return nil, fmt.Errorf("PDF has more than %d pages", limit)
			}
			continue
		}
		if len(todo)+len(kids) > maxObjects {
			return nil, fmt.Errorf("PDF has more than %d pages", limit)
		}
		for i := len(kids) - 1; i >= 0; i-- {
			todo = append(todo, node{kids[i], p})
		}
	}
	return out, nil
}

// inherit is d's page below p.
func (p page) inherit(f *file, d dict) page {
	p.dict = d
	if d["Resources"] != nil {
		p.resources = d["Resources"]
	}
	for _, key := range []name{"MediaBox", "CropBox"} {
		if box := f.list(d[key]); len(box) == 4 {
			for i := range p.box {
				p.box[i] = f.number(box[i], 0)
			}
		}
	}
	return p
}
