package kb

import (
	"context"
	"slices"
	"sync"
	"unsafe"
)

// posting is one passage, or one document, that has a term, and how often in each field. Occurrences are counted in
// shares, so that a synonym's can count for less than a whole one.
type posting struct {
	at          uint32
	title, text uint16
}

// shares is how many a whole occurrence has. More than 16,383 occurrences count as that many.
const shares = 4

// window is how many passages, or documents, a list says the highest weight for. Where that cannot lead into the
// result, none of them is looked at.
const window = 512

// list is what a segment knows of one term in one language: the postings by passage and by document, each in their
// order.
type list struct {
	passages, documents postingList
}

// postingList is a list with bounds.
type postingList struct {
	postings []posting
	from     []uint32  // where each window's postings begin, and their number at the end
	bound    []float32 // the highest weight in each window, for the mean lengths of the segment
}

func (l *list) bytes() int64 {
	if l == nil {
		return 0
	}
	n := int64(unsafe.Sizeof(*l))
	for _, p := range [2]*postingList{&l.passages, &l.documents} {
		n += int64(len(p.postings))*int64(unsafe.Sizeof(posting{})) + int64(len(p.from)+len(p.bound))*4
	}
	return n
}

// scatter sorts postings that come in the order of bleve's numbers, which is not that of passages.
type scatter struct {
	at   []posting // by passage
	used []bool
}

var scatters = sync.Pool{New: func() any { return new(scatter) }}

// readList reads a term's postings from the index, nil where there are none.
func (s *segment) readList(ctx context.Context, lang int, term string) (*list, error) {
	w := scatters.Get().(*scatter)
	defer scatters.Put(w)
	if n := len(s.passages); len(w.at) < n {
		w.at, w.used = make([]posting, n), make([]bool, n)
	}
	found := 0
	for f := range fieldCount {
		err := s.postings.each(ctx, f.name(s.langs[lang].name), term, func(number, freq uint64) {
			at := s.place[number]
			p := &w.at[at]
			if !w.used[at] {
				*p, w.used[at] = posting{at: at}, true
				found++
			}
			if n := uint16(min(freq, 1<<16/shares-1) * shares); f == titleField {
				p.title = n
			} else {
				p.text = n
			}
		})
		if err != nil {
			clear(w.used)
			return nil, err
		}
	}
	if found == 0 {
		return nil, nil
	}
	all := make([]posting, 0, found)
	for at := range len(s.passages) {
		if w.used[at] {
			all, w.used[at] = append(all, w.at[at]), false
		}
	}
	return s.newList(lang, all), nil
}

// newList adds up passages' postings by document, and puts bounds to both.
func (s *segment) newList(lang int, passages []posting) *list {
	l := &list{passages: postingList{postings: passages}}
	docs := make([]posting, 0, len(passages))
	for _, p := range passages {
		d := s.docOf[p.at]
		if n := len(docs); n == 0 || docs[n-1].at != d {
			docs = append(docs, posting{at: d})
		}
		last := &docs[len(docs)-1]
		last.title = max(last.title, p.title)
		last.text = saturated(last.text, p.text)
	}
	l.documents.postings = slices.Clip(docs)
	sl := &s.langs[lang]
	l.passages.enclose(len(s.passages), func(p posting) float64 { return sl.passageNorms.weight(p, s.length(int(p.at))) })
	l.documents.enclose(len(s.docs), func(p posting) float64 { return sl.documentNorms.weight(p, s.facts.lengths[p.at]) })
	return l
}

func saturated(a, b uint16) uint16 { return uint16(min(uint32(a)+uint32(b), 1<<16-1)) }

// enclose computes the windows of a list over n passages or documents.
func (l *postingList) enclose(n int, weight func(posting) float64) {
	windows := (n + window - 1) / window
	l.from, l.bound = make([]uint32, windows+1), make([]float32, windows)
	at := 0
	for w := range windows {
		l.from[w] = uint32(at)
		most := 0.0
		for ; at < len(l.postings) && int(l.postings[at].at) < (w+1)*window; at++ {
			most = max(most, weight(l.postings[at]))
		}
		l.bound[w] = float32(most * (1 + 1e-6)) // never rounded below
	}
	l.from[windows] = uint32(at)
}

// in is the postings of a window.
func (l *postingList) in(w int) []posting { return l.postings[l.from[w]:l.from[w+1]] }

// seek finds the posting of one passage or document in the list, nil where it has none.
func (l *postingList) seek(at uint32) *posting {
	return seekIn(l.in(int(at/window)), at)
}

func seekIn(in []posting, at uint32) *posting {
	lo, hi := 0, len(in)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if in[mid].at < at {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(in) && in[lo].at == at {
		return &in[lo]
	}
	return nil
}

// union adds up lists, the occurrences of each counting for its share of four.
func (s *segment) union(lang int, lists []*list, share []uint16) *list {
	sum := map[uint32]posting{}
	for i, l := range lists {
		if l == nil {
			continue
		}
		for _, p := range l.passages.postings {
			have := sum[p.at]
			have.at = p.at
			have.title = saturated(have.title, p.title/shares*share[i])
			have.text = saturated(have.text, p.text/shares*share[i])
			sum[p.at] = have
		}
	}
	if len(sum) == 0 {
		return nil
	}
	all := make([]posting, 0, len(sum))
	for _, p := range sum {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b posting) int { return int(a.at) - int(b.at) })
	return s.newList(lang, all)
}

// intersection is the passages that have all of the lists' terms, as often as the one that they have least.
func (s *segment) intersection(lang int, lists []*list) *list {
	if slices.Contains(lists, nil) || len(lists) == 0 {
		return nil
	}
	var all []posting
	for _, p := range lists[0].passages.postings {
		for _, other := range lists[1:] {
			q := other.passages.seek(p.at)
			if q == nil {
				p.title, p.text = 0, 0
				break
			}
			// The words may stand one in the title and the other in the text: then they count as the text's.
			whole := min(p.title+p.text, q.title+q.text)
			p.title = min(p.title, q.title)
			p.text = whole - p.title
		}
		if p.title+p.text > 0 {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return s.newList(lang, all)
}
