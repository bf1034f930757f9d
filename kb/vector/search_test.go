package vector

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"switchboard/kb/vector/half"
)

// makeVectors makes vectors of length 1 of which most lies along a few common directions, as that of embeddings does:
// the i-th direction has a share of about fall^i. With fall 1 there is nothing in common.
func makeVectors(n, dims int, fall float64, seed uint64) [][]float32 {
	r := rand.New(rand.NewPCG(seed, 0))
	all := make([][]float32, n)
	for i := range all {
		v, scale := make([]float32, dims), 1.0
		for j := range v {
			v[(j*7)%dims] = float32(r.NormFloat64() * scale)
			scale *= fall
		}
		all[i] = unit(v)
	}
	return all
}

func unit(v []float32) []float32 {
	l := length(v)
	for i := range v {
		v[i] = float32(float64(v[i]) / l)
	}
	return v
}

func values(all [][]float32) iter.Seq[[]float32] { return slices.Values(all) }

func openMatrix(tb testing.TB, dims int, all [][]float32) *Matrix {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "vectors")
	if err := Write(path, dims, values(all)); err != nil {
		tb.Fatal(err)
	}
	m, err := Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := m.Close(); err != nil {
			tb.Error(err)
		}
	})
	return m
}

// bruteForce computes and sorts all scores.
func bruteForce(all [][]float32, query []float32) []Hit {
	hits := make([]Hit, len(all))
	for i, v := range all {
		hits[i] = Hit{int32(i), dot(query, half.Append(nil, v))}
	}
	slices.SortFunc(hits, order)
	return hits
}

// first is the k first of hits that are in keep.
func first(hits []Hit, k int, keep Bits) []Hit {
	var kept []Hit
	for _, h := range hits {
		if len(kept) < k && (keep == nil || keep.word(int(h.Index)/64)>>(h.Index%64)&1 == 1) {
			kept = append(kept, h)
		}
	}
	return kept
}

// TestExact compares with brute force, over data on which few vectors, many and all have to be read.
func TestExact(t *testing.T) {
	type data struct {
		name    string
		vectors [][]float32
	}
	plain := makeVectors(3000, 192, 0.98, 1)
	twins := slices.Concat(plain, plain[:500]) // equal scores
	long := slices.Clone(plain)
	for i := range long {
		v := slices.Clone(long[i])
		for j := range v {
			v[j] *= float32(i%50) * 20
		}
		long[i] = v
	}
	for _, d := range []data{
		{"a few", makeVectors(10, 192, 0.98, 2)},
		{"one", makeVectors(1, 5, 1, 3)},
		{"few dimensions", makeVectors(3000, 20, 0.9, 4)},
		{"odd sizes", makeVectors(2111, 131, 0.97, 5)},
		{"embeddings", plain},
		{"twins", twins},
		{"of many lengths, some zero", long},
		{"nothing in common", makeVectors(2500, 160, 1, 6)},
		{"all the same", slices.Repeat(plain[:1], 2100)},
		{"tiny", [][]float32{{1e-7, 0, 1e-7}, {0, 0, 0}, {-1e-7, 0, 0}}},
	} {
		t.Run(d.name, func(t *testing.T) {
			dims := len(d.vectors[0])
			m := openMatrix(t, dims, d.vectors)
			for q, query := range slices.Concat(makeVectors(2, dims, 0.98, 7), d.vectors[:1], [][]float32{make([]float32, dims)}) {
				sorted := bruteForce(d.vectors, query)
				for _, k := range []int{1, 10, 100, 2000} {
					for name, keep := range keeps(len(d.vectors)) {
						got, err := m.Search(query, k, keep)
						if err != nil {
							t.Fatal(err)
						}
						if want := first(sorted, k, keep); !slices.Equal(got, want) {
							t.Fatalf("query %d, the best %d of %s (-want +got):\n%s", q, k, name, cmp.Diff(want, got))
						}
					}
				}
			}
		})
	}
}

func keeps(n int) map[string]Bits {
	r := rand.New(rand.NewPCG(8, 0))
	half, few, late := NewBits(n), NewBits(n), NewBits(n)
	for i := range n {
		if r.IntN(2) == 0 {
			half.Add(int32(i))
		}
		if r.IntN(100) == 0 {
			few.Add(int32(i))
		}
		if i >= n-n/3 {
			late.Add(int32(i))
		}
	}
	return map[string]Bits{
		"all": nil, "half": half, "few": few, "the last third": late, "none": NewBits(n), "too short a set": half[:len(half)/2],
	}
}

// TestFewAreRead: on data like embeddings the bounds spare nearly all vectors.
func TestFewAreRead(t *testing.T) {
	all := makeVectors(3000, 384, 0.985, 1)
	m := openMatrix(t, 384, all)
	sums := *m.scratch()
	for _, query := range makeVectors(4, 384, 0.985, 2) {
		worst := bruteForce(all, query)[9].Score
		q := m.project(query)
		m.look(q, nil, sums)
		again, read := 0, 0
		for i, s := range sums {
			if m.bound(q, 0, i, s) >= worst {
				again++
			}
		}
		lookAtAll(m, q, sums, 1)
		for i, s := range sums {
			if m.bound(q, 1, i, s) >= worst {
				read++
			}
		}
		if again > len(all)/4 || read > len(all)/50 {
			t.Errorf("%d of %d are looked at again, %d are read", again, len(all), read)
		}
	}
}

// TestBoundsHold: no score is greater than its bounds, whatever the rounding.
func TestBoundsHold(t *testing.T) {
	for _, dims := range []int{64, 384, 640} {
		t.Run(fmt.Sprint(dims), func(t *testing.T) {
			all := makeVectors(4*groupSize+1, dims, 1-4/float64(dims), 1)
			m := openMatrix(t, dims, all)
			if m.header.step == 0 {
				t.Fatal("there is no basis")
			}
			sums := *m.scratch()
			for _, query := range slices.Concat(makeVectors(2, dims, 0.99, 2), all[:1]) {
				q := m.project(query)
				for parts := range 3 {
					m.look(q, nil, sums)
					if parts > 0 {
						lookAtAll(m, q, sums, parts)
					}
					for i, s := range sums {
						score := dot(query, m.row(int32(i)))
						if bound := m.bound(q, min(parts, 1), i, s); score > bound {
							t.Fatalf("vector %d has score %g over its bound %g", i, score, bound)
						}
					}
				}
			}
		})
	}
}

// lookAtAll looks again at all of each group: at once, or in so many parts that each is few.
func lookAtAll(m *Matrix, q projected, sums []float32, parts int) {
	for begin := 0; begin < len(sums); begin += groupSize {
		group := sums[begin:min(begin+groupSize, len(sums))]
		all := make([]int32, len(group))
		for i := range all {
			all[i] = int32(i)
		}
		if parts == 1 || len(group) < 8 {
			m.lookAgain(q, begin, all, group)
			continue
		}
		for part := range slices.Chunk(all, len(group)/8) {
			m.lookAgain(q, begin, part, group)
		}
	}
}

func TestBasisIsOrthonormal(t *testing.T) {
	same := slices.Repeat([]float32{1, 2, 3, 4}, 64)
	for _, c := range []struct {
		name   string
		sample []float32
		dims   int
	}{
		{"embeddings", slices.Concat(makeVectors(500, 384, 0.97, 1)...), 384},
		{"fewer vectors than rows", slices.Concat(makeVectors(5, 200, 0.97, 1)...), 200},
		{"one direction", slices.Repeat(same, 10), 256},
		{"zeros", make([]float32, 2560), 256},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBasis(c.sample, c.dims, 64)
			sum := 0.0
			for i := range b.Rows {
				for j := range b.Rows {
					along := 0.0
					for n := range b.Cols {
						along += float64(b.Data[i*b.Stride+n]) * float64(b.Data[j*b.Stride+n])
					}
					if i == j {
						along--
					}
					sum += along * along
				}
			}
			if off := math.Sqrt(sum); b.Rows != 64 || off > 32*0x1p-24 { // as restLength assumes
				t.Errorf("%d rows, off by %g", b.Rows, off)
			}
		})
	}
}

// TestScores: those of places that Search did not find, and the mean of all.
func TestScores(t *testing.T) {
	all := makeVectors(300, 48, 0.95, 1)
	m := openMatrix(t, 48, all)
	query := all[7]
	places := []int32{299, 0, 7, 7}
	got, err := m.Scores(query, places)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range places {
		if want := dot(query, half.Append(nil, all[p])); got[i] != want {
			t.Errorf("place %d: %g, want %g", p, got[i], want)
		}
	}
	mean := 0.0
	for _, h := range bruteForce(all, query) {
		mean += float64(h.Score) / float64(len(all))
	}
	if got, err := m.Background(query); err != nil || math.Abs(float64(got)-mean) > 1e-6 {
		t.Errorf("background %g, want %g; %v", got, mean, err)
	}
	for _, bad := range []int32{-1, 300} {
		if _, err := m.Scores(query, []int32{bad}); err == nil {
			t.Errorf("place %d has a score", bad)
		}
	}
	if _, err := m.Scores(query[1:], nil); err == nil {
		t.Error("a query of another size has scores")
	}
	if _, err := m.Background(query[1:]); err == nil {
		t.Error("a query of another size has a background")
	}
}

func TestBadQueries(t *testing.T) {
	m := openMatrix(t, 3, makeVectors(5, 3, 1, 1))
	for _, query := range [][]float32{
		nil, {1, 2}, {1, 2, 3, 4}, {float32(math.NaN()), 0, 0}, {float32(math.Inf(1)), 0, 0}, {1e38, 1e38, 0},
	} {
		if hits, err := m.Search(query, 1, nil); err == nil {
			t.Errorf("%v found %v", query, hits)
		}
	}
	if hits, err := m.Search([]float32{1, 0, 0}, 0, nil); err != nil || len(hits) != 0 {
		t.Errorf("k = 0 found %v, %v", hits, err)
	}
}

// TestConcurrent: searches at once, one closing in the middle. Each is right or says that the file is closed.
func TestConcurrent(t *testing.T) {
	all := makeVectors(2500, 192, 0.97, 1)
	m := openMatrix(t, 192, all)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			want := bruteForce(all, all[i])[:5]
			for range 5 {
				got, err := m.Search(all[i], 5, nil)
				if err != nil && err != errClosed || err == nil && !slices.Equal(got, want) {
					t.Errorf("got %v, %v", got, err)
				}
				if i == 0 {
					_ = m.Vector(0, make([]float32, 192))
				}
			}
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if _, err := m.Search(all[0], 1, nil); err != errClosed {
		t.Errorf("after Close: %v", err)
	}
}

// BenchmarkSearch looks for the 100 nearest of 100,000 vectors of 384 dimensions that are spread like sentence
// embeddings.
func BenchmarkSearch(b *testing.B) {
	m := openMatrix(b, 384, makeVectors(100_000, 384, 0.992, 1))
	queries := makeVectors(50, 384, 0.992, 2)
	tenth := NewBits(m.Len())
	for i := 0; i < m.Len(); i += 10 {
		tenth.Add(int32(i))
	}
	for name, keep := range map[string]Bits{"all": nil, "one in ten": tenth} {
		b.Run(name, func(b *testing.B) {
			for n := 0; b.Loop(); n++ {
				if _, err := m.Search(queries[n%len(queries)], 100, keep); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
