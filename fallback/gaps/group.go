package gaps

import (
	"cmp"
	"container/heap"
	"math"
	"slices"
)

// text is what is grouped.
type text struct {
	words, lang string
}

// How near texts must be. They were chosen on one half of the intents of CLINC150 and checked on the other half and on
// Banking77: see BenchmarkGroup.
const (
	nearLeader = float32(0.6)  // to the mean of a small group, to join it as they come
	nearMean   = float32(0.27) // between the means of two groups, for these to become one
)

// neighboursKept is how many groups one is compared with at first. Those that two groups have between them are compared
// when they become one.
const neighboursKept = 24

// maxPostings is how many groups may share a feature for it to bring them together: what more have in common says nothing.
const maxPostings = 2000

// group puts texts that ask the same into groups, and returns each text's group, numbered in the order of their first
// texts. Texts join small groups as they come; then the nearest two groups are made one, as long as their means are
// near enough. Its memory and time grow with the texts, not with their square. The second result is how near each text is
// to the mean of its group.
func group(texts []text) (of []int, central []float32) {
	g := &grouping{of: make([]int, len(texts))}
	vs := vectorize(texts)
	same := map[string]int{}
	for i, v := range vs {
		key := texts[i].lang + keyOf(v)
		if c, ok := same[key]; ok {
			g.join(c, i, v)
			continue
		}
		c := g.leader(v)
		g.join(c, i, v)
		same[key] = g.of[i]
	}
	g.merge()
	g.settle()
	central = make([]float32, len(texts))
	for i, v := range vs {
		k := g.clusters[g.of[i]]
		if k.len > 0 {
			central[i] = dot(v, k.sum) / k.len
		}
	}
	return g.number(), central
}

// keyOf is the same for equal vectors.
func keyOf(v []feature) string {
	b := make([]byte, 0, 4*len(v))
	for _, f := range v {
		b = append(b, byte(f.id), byte(f.id>>8), byte(f.id>>16), byte(f.id>>24))
	}
	return string(b)
}

type cluster struct {
	sum  []feature // of its members' vectors, by id
	n    int
	len  float32 // of sum
	into int     // the cluster that it has become part of, or itself
	gen  int
}

type grouping struct {
	of       []int // text to cluster
	clusters []*cluster
	postings map[int32][]int32 // feature to the clusters that have it
	scores   map[int32]float32 // of leader
}

// leader is the cluster whose mean is nearest to v, or -1 where none is near.
func (g *grouping) leader(v []feature) int {
	best, at := float32(0), -1
	for c, dot := range g.dots(v) {
		k := g.clusters[c]
		if s := dot / float32(k.n); s > best || s == best && int(c) < at {
			best, at = s, int(c)
		}
	}
	if best < nearLeader {
		return -1
	}
	return at
}

// dots are the products of v with the sums of the clusters that share one of its telling features.
func (g *grouping) dots(v []feature) map[int32]float32 {
	clear(g.scores)
	if g.scores == nil {
		g.scores = map[int32]float32{}
	}
	for _, f := range v {
		list := g.postings[f.id]
		if len(list) > maxPostings {
			continue
		}
		for _, c := range list {
			g.scores[c] += f.weight * weightOf(g.clusters[c].sum, f.id)
		}
	}
	return g.scores
}

func (g *grouping) join(c, i int, v []feature) {
	if g.postings == nil {
		g.postings = map[int32][]int32{}
	}
	if c < 0 {
		c = len(g.clusters)
		g.clusters = append(g.clusters, &cluster{into: c})
	}
	k := g.clusters[c]
	for _, f := range v {
		if weightOf(k.sum, f.id) == 0 {
			g.postings[f.id] = append(g.postings[f.id], int32(c)) //nolint:gosec // texts are bounded
		}
	}
	k.sum = add(k.sum, v)
	k.len = length(k.sum)
	k.n++
	g.of[i] = c
}

// link is two clusters with the nearness of their means.
type link struct {
	near       float32
	a, b       int
	genA, genB int
}

type links []link

func (l links) Len() int { return len(l) }
func (l links) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(l[j].near, l[i].near), l[i].a-l[j].a, l[i].b-l[j].b) < 0
}
func (l links) Swap(i, j int) { l[i], l[j] = l[j], l[i] }
func (l *links) Push(x any)   { *l = append(*l, x.(link)) } //nolint:forcetypeassert // heap's own
func (l *links) Pop() any {
	old := *l
	x := old[len(old)-1]
	*l = old[:len(old)-1]
	return x
}

// merge makes the nearest two clusters one as long as they are near.
func (g *grouping) merge() {
	near := make([]map[int]bool, len(g.clusters))
	for i := range near {
		near[i] = map[int]bool{}
	}
	var q links
	for a, k := range g.clusters {
		for _, l := range g.nearest(a, k) {
			if !near[l.a][l.b] {
				near[l.a][l.b], near[l.b][l.a] = true, true
				q = append(q, l)
			}
		}
	}
	heap.Init(&q)
	for len(q) > 0 {
		l := heap.Pop(&q).(link) //nolint:forcetypeassert // there is nothing else in it
		a, b := g.clusters[l.a], g.clusters[l.b]
		if a.into != l.a || b.into != l.b || a.gen != l.genA || b.gen != l.genB {
			continue
		}
		if len(a.sum) < len(b.sum) { // the smaller is poured into the larger
			l.a, l.b, a, b = l.b, l.a, b, a
		}
		a.sum = add(a.sum, b.sum)
		a.len = length(a.sum)
		a.n += b.n
		a.gen++
		b.into, b.sum = l.a, nil
		delete(near[l.a], l.b)
		for c := range near[l.b] {
			delete(near[c], l.b)
			if c != l.a {
				near[l.a][c], near[c][l.a] = true, true
			}
		}
		near[l.b] = nil
		for c := range near[l.a] {
			if n := nearness(a, g.clusters[c]); n >= nearMean {
				lo, hi := min(l.a, c), max(l.a, c)
				heap.Push(&q, link{n, lo, hi, g.clusters[lo].gen, g.clusters[hi].gen})
			}
		}
	}
}

// nearest are a cluster's links to the clusters near it, at most neighboursKept.
func (g *grouping) nearest(a int, k *cluster) []link {
	var out []link
	for c, dot := range g.dots(k.sum) {
		b := int(c)
		if b == a {
			continue
		}
		if s := dot / k.len / g.clusters[c].len; s >= nearMean {
			out = append(out, link{near: s, a: min(a, b), b: max(a, b)})
		}
	}
	slices.SortFunc(out, func(x, y link) int { return cmp.Or(cmp.Compare(y.near, x.near), x.a-y.a, x.b-y.b) })
	return out[:min(len(out), neighboursKept)]
}

// nearness is the cosine between the means of two clusters.
func nearness(a, b *cluster) float32 {
	return dot(a.sum, b.sum) / a.len / b.len
}

// settle finds what each text's cluster has become part of.
func (g *grouping) settle() {
	for i, c := range g.of {
		for g.clusters[c].into != c {
			c = g.clusters[c].into
		}
		g.of[i] = c
	}
}

// number numbers what is left of the clusters in the order of the texts.
func (g *grouping) number() []int {
	numbers := map[int]int{}
	for i, c := range g.of {
		n, ok := numbers[c]
		if !ok {
			n = len(numbers)
			numbers[c] = n
		}
		g.of[i] = n
	}
	return g.of
}

// weightOf is a feature's weight in a vector, 0 where it is not in it.
func weightOf(v []feature, id int32) float32 {
	i, ok := slices.BinarySearchFunc(v, id, func(f feature, id int32) int { return int(f.id) - int(id) })
	if !ok {
		return 0
	}
	return v[i].weight
}

// add is the sum of two vectors.
func add(a, b []feature) []feature {
	out := make([]feature, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].id < b[0].id:
			out, a = append(out, a[0]), a[1:]
		case a[0].id > b[0].id:
			out, b = append(out, b[0]), b[1:]
		default:
			out = append(out, feature{a[0].id, a[0].weight + b[0].weight})
			a, b = a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

func length(v []feature) float32 {
	sum := 0.0
	for _, f := range v {
		sum += float64(f.weight) * float64(f.weight)
	}
	return float32(math.Sqrt(sum))
}

func dot(a, b []feature) float32 {
	sum := float32(0)
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].id < b[0].id:
			a = a[1:]
		case a[0].id > b[0].id:
			b = b[1:]
		default:
			sum += a[0].weight * b[0].weight
			a, b = a[1:], b[1:]
		}
	}
	return sum
}
