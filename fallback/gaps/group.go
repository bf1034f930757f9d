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

// maxPostings is how many groups may share a feature for it to bring them together: what more have in common says little.
const maxPostings = 500

// maxFeatures is how many features the mean of a group has at most, the heaviest: what it has become large by.
const maxFeatures = 256

// group puts texts that ask the same into groups, and returns each text's group, numbered in the order of their first
// texts. Texts join the nearest small group by its first text as they come; then the nearest two groups are made one, as long
// as their means are near enough. Its memory and time grow with the texts, not with their square. The second result is how
// near each text is to the mean of its group.
func group(texts []text) (of []int, central []float32) {
	g := &grouping{of: make([]int, len(texts)), postings: map[int32][]posting{}}
	vs := vectorize(texts)
	same := map[string]int{}
	for i, v := range vs {
		c, ok := same[v.key]
		if !ok {
			if c = g.leader(v); c < 0 {
				c = g.lead(v)
			}
			same[v.key] = c
		}
		g.of[i] = c
	}
	g.sum(vs)
	g.merge()
	g.settle()
	central = make([]float32, len(texts))
	for i, v := range vs {
		if k := g.clusters[g.of[i]]; k.len > 0 {
			central[i] = dot(v.features, k.sum) / k.len
		}
	}
	return g.number(), central
}

type cluster struct {
	sum  []feature // of its members' vectors, by id
	rest float64   // the square of what is left out of sum
	len  float32   // of the whole sum
	into int       // the cluster that it has become part of, or itself
	gen  int
}

// measure fills in the length, and keeps sum short.
func (k *cluster) measure() {
	if len(k.sum) > maxFeatures {
		byWeight := slices.Clone(k.sum)
		slices.SortFunc(byWeight, func(a, b feature) int { return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.id, b.id)) })
		for _, f := range byWeight[maxFeatures:] {
			k.rest += float64(f.weight) * float64(f.weight)
		}
		k.sum = append(k.sum[:0], byWeight[:maxFeatures]...)
		slices.SortFunc(k.sum, byID)
	}
	sum := k.rest
	for _, f := range k.sum {
		sum += float64(f.weight) * float64(f.weight)
	}
	k.len = float32(math.Sqrt(sum))
}

// posting is a cluster that has a feature, with its weight there.
type posting struct {
	cluster int32
	weight  float32
}

type grouping struct {
	of       []int // text to cluster
	clusters []*cluster
	postings map[int32][]posting
	scores   []float32 // of dots, by cluster; 0 between its calls
	touched  []int32
}

// leader is the cluster whose first text is nearest to v, or -1 where none is near.
func (g *grouping) leader(v vector) int {
	best, at := float32(0), -1
	g.dots(v.features, func(c int, dot float32) {
		if dot > best || dot == best && c < at {
			best, at = dot, c
		}
	})
	if best < nearLeader {
		return -1
	}
	return at
}

// lead makes v the first text of a cluster.
func (g *grouping) lead(v vector) int {
	c := len(g.clusters)
	g.clusters = append(g.clusters, &cluster{into: c})
	g.scores = append(g.scores, 0)
	g.post(c, v.features)
	return c
}

func (g *grouping) post(c int, v []feature) {
	for _, f := range v {
		if list := g.postings[f.id]; len(list) <= maxPostings { // one more than is used shows that they are too many
			g.postings[f.id] = append(list, posting{int32(c), f.weight}) //nolint:gosec // texts are bounded
		}
	}
}

// dots calls yield with the product of v with each cluster that shares one of its telling features.
func (g *grouping) dots(v []feature, yield func(c int, dot float32)) {
	for _, f := range v {
		list := g.postings[f.id]
		if len(list) > maxPostings {
			continue
		}
		for _, p := range list {
			if g.scores[p.cluster] == 0 {
				g.touched = append(g.touched, p.cluster)
			}
			g.scores[p.cluster] += f.weight * p.weight
		}
	}
	for _, c := range g.touched {
		yield(int(c), g.scores[c])
		g.scores[c] = 0
	}
	g.touched = g.touched[:0]
}

// sum adds up each cluster's vectors, and has the postings show those.
func (g *grouping) sum(vs []vector) {
	members := make([][]feature, len(g.clusters))
	for i, c := range g.of {
		members[c] = append(members[c], vs[i].features...)
		g.clusters[c].rest += vs[i].rest
	}
	clear(g.postings)
	for c, all := range members {
		slices.SortStableFunc(all, byID)
		k := g.clusters[c]
		for _, f := range all {
			if n := len(k.sum); n > 0 && k.sum[n-1].id == f.id {
				k.sum[n-1].weight += f.weight
			} else {
				k.sum = append(k.sum, f)
			}
		}
		k.measure()
		g.post(c, k.sum)
	}
}

func byID(a, b feature) int { return cmp.Compare(a.id, b.id) }

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
		a.sum, a.rest = add(a.sum, b.sum), a.rest+b.rest
		a.measure()
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
			switch n := nearness(a, g.clusters[c]); {
			case n >= nearMean:
				lo, hi := min(l.a, c), max(l.a, c)
				heap.Push(&q, link{n, lo, hi, g.clusters[lo].gen, g.clusters[hi].gen})
			case n < nearMean/2: // they hardly come nearer again
				delete(near[l.a], c)
				delete(near[c], l.a)
			}
		}
	}
}

// nearest are a cluster's links to the clusters near it, at most neighboursKept.
func (g *grouping) nearest(a int, k *cluster) []link {
	type candidate struct {
		c   int
		dot float32 // of what brings them together
	}
	var found []candidate
	g.dots(k.sum, func(c int, dot float32) {
		if c != a {
			found = append(found, candidate{c, dot / g.clusters[c].len})
		}
	})
	slices.SortFunc(found, func(x, y candidate) int { return cmp.Or(cmp.Compare(y.dot, x.dot), x.c-y.c) })
	var out []link
	for _, f := range found[:min(len(found), neighboursKept)] {
		if n := nearness(k, g.clusters[f.c]); n >= nearMean {
			out = append(out, link{near: n, a: min(a, f.c), b: max(a, f.c)})
		}
	}
	return out
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
