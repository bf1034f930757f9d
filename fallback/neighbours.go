package fallback

// neighbours finds the examples nearest to a vector, by cosine, through an inverted index.
type neighbours struct {
	start []int32   // of feature i's postings
	posts []feature // id = example
	label []int
	own   []float32 // similarity of each example to the nearest other one of its class
	usual []float32 // by class + 1: the mean of own
}

func newNeighbours(x [][]feature, label []int, features int) *neighbours {
	nb := &neighbours{start: make([]int32, features+1), label: label}
	total := 0
	for _, row := range x {
		for _, f := range row {
			nb.start[f.id+1]++
		}
		total += len(row)
	}
	for i := 0; i < features; i++ {
		nb.start[i+1] += nb.start[i]
	}
	nb.posts = make([]feature, total)
	next := append([]int32(nil), nb.start...)
	for i, row := range x {
		for _, f := range row {
			nb.posts[next[f.id]] = feature{int32(i), f.weight}
			next[f.id]++
		}
	}
	nb.spread(x)
	return nb
}

// spread learns how near the examples of each class are to each other.
func (nb *neighbours) spread(x [][]feature) {
	classes := 1
	for _, c := range nb.label {
		classes = max(classes, c+2)
	}
	nb.own, nb.usual = make([]float32, len(x)), make([]float32, classes)
	count, sims := make([]float32, classes), make([]float32, len(x))
	for i, row := range x {
		clear(sims)
		nb.similar(row, sims)
		for j, s := range sims {
			if j != i && nb.label[j] == nb.label[i] {
				nb.own[i] = max(nb.own[i], s)
			}
		}
		nb.usual[nb.label[i]+1] += nb.own[i]
		count[nb.label[i]+1]++
	}
	for c := range count {
		nb.usual[c] /= max(1, count[c])
	}
}

// similar adds the cosine to each example.
func (nb *neighbours) similar(vec []feature, sims []float32) {
	for _, f := range vec {
		for _, p := range nb.posts[nb.start[f.id]:nb.start[f.id+1]] {
			sims[p.id] += f.weight * p.weight
		}
	}
}

// nearest returns, for each class, the mean cosine of its two nearest examples, in out, and that of class -1 apart. local
// says how much nearer the nearest example of a class is than that class's next one.
func (nb *neighbours) nearest(vec []feature, out []float32) (outside, local float32) {
	sims := make([]float32, len(nb.label))
	nb.similar(vec, sims)
	first, second := make([]float32, len(out)+1), make([]float32, len(out)+1)
	closest := -1
	for i, s := range sims {
		c := nb.label[i] + 1
		if s > first[c] {
			first[c], second[c] = s, first[c]
		} else if s > second[c] {
			second[c] = s
		}
		if c > 0 && (closest < 0 || s > sims[closest]) {
			closest = i
		}
	}
	for c := range out {
		out[c] = 0.65*first[c+1] + 0.35*second[c+1]
	}
	if closest >= 0 {
		local = sims[closest] - nb.own[closest]
	}
	return 0.65*first[0] + 0.35*second[0], local
}
