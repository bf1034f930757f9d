package fallback

import (
	"math"
	"runtime"
	"sync"
)

// The settings of the margins, chosen on public intent data of 77 and 150 classes: the price of an error on another
// class's example and on one's own, and how often all examples are looked at.
const (
	marginPrice    = 2
	ownMarginPrice = 16
	marginPasses   = 10
)

// hinge trains one linear machine a class, with squared hinge loss, by dual coordinate descent (Hsieh et al., "A dual
// coordinate descent method for large-scale linear SVM", 2008). It returns features by classes, row after row; the
// result is the same on any number of processors.
func hinge(x [][]feature, label []int, classes, features int) []float32 {
	weights := make([]float32, features*classes)
	next := make(chan int, classes)
	for c := range classes {
		next <- c
	}
	close(next)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			m := newMachine(x, features)
			for c := range next {
				m.train(label, c)
				for f, v := range m.w {
					weights[f*classes+c] = v
				}
			}
		})
	}
	wg.Wait()
	return weights
}

// machine tells one class from all others.
type machine struct {
	x     [][]feature
	w     []float32
	alpha []float32 // of the examples, >= 0
	size  []float32 // squared lengths of the examples
	order []int32
	seed  uint32
}

func newMachine(x [][]feature, features int) *machine {
	m := &machine{
		x: x, w: make([]float32, features), alpha: make([]float32, len(x)), size: make([]float32, len(x)), order: make([]int32, len(x)),
	}
	for i, row := range x {
		for _, f := range row {
			m.size[i] += f.weight * f.weight
		}
	}
	return m
}

func (m *machine) train(label []int, class int) {
	clear(m.w)
	clear(m.alpha)
	m.seed = uint32(class) + 1
	for i := range m.order {
		m.order[i] = int32(i)
	}
	for range marginPasses {
		m.shuffle()
		moved := 0.0
		for _, i := range m.order {
			moved += m.step(i, label[i] == class)
		}
		if moved < 0.01 {
			return
		}
	}
}

// shuffle puts the examples into another order, the same one for each class and pass at each training.
func (m *machine) shuffle() {
	for i := len(m.order) - 1; i > 0; i-- {
		m.seed = m.seed*1664525 + 1013904223
		j := uint64(m.seed) * uint64(i+1) >> 32
		m.order[i], m.order[j] = m.order[j], m.order[i]
	}
}

// step makes the best of one example's alpha, and returns by how much it has moved.
func (m *machine) step(i int32, own bool) float64 {
	sign, give := float32(-1), float32(0.5/marginPrice)
	if own {
		sign, give = 1, 0.5/ownMarginPrice
	}
	dot := float32(0)
	for _, f := range m.x[i] {
		dot += m.w[f.id] * f.weight
	}
	slope := sign*dot - 1 + give*m.alpha[i]
	now := max(0, m.alpha[i]-slope/(m.size[i]+give))
	change := (now - m.alpha[i]) * sign
	if change == 0 {
		return 0
	}
	m.alpha[i] = now
	for _, f := range m.x[i] {
		m.w[f.id] += change * f.weight
	}
	return math.Abs(float64(change))
}
