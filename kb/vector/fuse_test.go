package vector

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var roughly = cmp.Options{cmpopts.EquateApprox(0, 1e-6), cmpopts.EquateEmpty()}

func TestFuse(t *testing.T) {
	words := []Hit{{7, 12}, {3, 11.9}, {5, 1}}
	vectors := []Hit{{5, 0.8}, {7, 0.3}, {9, 0.2}}
	want := []Hit{{7, 1.0/61 + 1.0/62}, {5, 1.0/63 + 1.0/61}, {3, 1.0 / 62}, {9, 1.0 / 63}}
	if diff := cmp.Diff(want, Fuse(words, vectors), roughly); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Hit{{1, 1.0 / 61}, {2, 1.0 / 61}}, Fuse([]Hit{{2, 5}}, []Hit{{1, 9}})); diff != "" {
		t.Errorf("ties (-want +got):\n%s", diff)
	}
	if got := Fuse(nil, nil); len(got) != 0 {
		t.Errorf("nothing and nothing are %v", got)
	}
}

func TestBlend(t *testing.T) {
	for _, c := range []struct {
		name           string
		words, vectors []Hit
		background     float32
		share          float64
		want           []Hit
	}{
		{"both", []Hit{{1, 10}, {2, 5}}, []Hit{{2, 0.6}, {1, 0.4}, {3, 0.3}}, 0.2, 0.5, []Hit{{1, 0.75}, {2, 0.75}, {3, 0.125}}},
		{"the share", []Hit{{1, 10}, {2, 5}}, []Hit{{2, 0.6}, {1, 0.4}}, 0.2, 0.25, []Hit{{1, 0.875}, {2, 0.625}}},
		{"below the background", []Hit{{1, 10}}, []Hit{{2, 0.6}, {1, -0.5}}, 0.2, 0.5, []Hit{{1, 0.5}, {2, 0.5}}},
		{"nothing near", []Hit{{1, 10}}, []Hit{{2, 0.1}, {1, 0.1}}, 0.1, 0.5, []Hit{{1, 0.5}, {2, 0}}},
		{"no words", nil, []Hit{{2, 0.6}, {1, 0.4}}, 0, 0.5, []Hit{{2, 0.5}, {1, 1.0 / 3}}},
		{"no vectors", []Hit{{2, 4}, {1, 1}}, nil, 0, 0.5, []Hit{{2, 0.5}, {1, 0.125}}},
		{"nothing", nil, nil, 0, 0.5, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Blend(c.words, c.vectors, c.background, c.share), roughly); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestBlendOfSquashedVectors: a model that gives every score between 0.75 and 1 ranks as one that gives the same
// between 0 and 1.
func TestBlendOfSquashedVectors(t *testing.T) {
	words := []Hit{{1, 9}, {2, 7}, {3, 2}}
	wide := []Hit{{3, 0.9}, {2, 0.5}, {4, 0.4}, {1, 0.1}}
	squashed := slices.Clone(wide)
	for i := range squashed {
		squashed[i].Score = 0.75 + squashed[i].Score/4
	}
	if diff := cmp.Diff(Blend(words, wide, 0.04, 0.4), Blend(words, squashed, 0.76, 0.4), roughly); diff != "" {
		t.Errorf("(-wide +squashed):\n%s", diff)
	}
}

// TestFusionKeepsAll: the result has each index of either ranking once, in order, whatever the order of the input.
func TestFusionKeepsAll(t *testing.T) {
	ranking := rapid.Custom(func(t *rapid.T) []Hit {
		hits := rapid.SliceOfDistinct(rapid.Custom(func(t *rapid.T) Hit {
			return Hit{rapid.Int32Range(0, 30).Draw(t, "index"), rapid.Float32Range(-1, 40).Draw(t, "score")}
		}), func(h Hit) int32 { return h.Index }).Draw(t, "hits")
		slices.SortFunc(hits, order)
		return hits
	})
	rapid.Check(t, func(t *rapid.T) {
		words, vectors := ranking.Draw(t, "words"), ranking.Draw(t, "vectors")
		want := map[int32]bool{}
		for _, h := range slices.Concat(words, vectors) {
			want[h.Index] = true
		}
		blended := Blend(words, vectors, rapid.Float32Range(-1, 1).Draw(t, "background"), rapid.Float64Range(0, 1).Draw(t, "share"))
		for _, got := range [][]Hit{Fuse(words, vectors), blended} {
			if len(got) != len(want) || !slices.IsSortedFunc(got, order) {
				t.Fatalf("%v of %v and %v", got, words, vectors)
			}
			for _, h := range got {
				if !want[h.Index] || h.Score < 0 || h.Score > 1.0001 {
					t.Fatalf("%v", h)
				}
			}
		}
	})
}
