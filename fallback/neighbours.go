package fallback

// neighbours finds the examples nearest to a vector, by cosine, through an inverted index.
type neighbours struct {
	start []int32   // of feature i's postings
	posts []feature // id = example
	label []int
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
	return nb
}

// nearest returns, for each class, the mean cosine of its two nearest examples, in out. Class -1 is returned apart.
func (nb *neighbours) nearest(vec []feature, out []float32) (outside float32) {
	sims := make([]float32, len(nb.label))
	for _, f := range vec {
		for _, p := range nb.posts[nb.start[f.id]:nb.start[f.id+1]] {
			sims[p.id] += f.weight * p.weight
		}
	}
	second := make([]float32, len(out)+1)
	first := make([]float32, len(out)+1)
	for i, s := range sims {
		c := nb.label[i] + 1
		if s > first[c] {
			first[c], second[c] = s, first[c]
		} else if s > second[c] {
			second[c] = s
		}
	}
	for c := range out {
		out[c] = 0.65*first[c+1] + 0.35*second[c+1]
	}
	return 0.65*first[0] + 0.35*second[0]
}
