package vector

import "slices"

// Fuse joins rankings, each best first, by the places alone: a hit's score is the sum over rankings of 1 / (60 + its
// place, from 1) (Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank
// Learning Methods", 2009, whose constant it is). The result is best first, equal scores in the order of indices.
//
// It is for rankings whose scores say nothing about each other. Where they do, Blend finds more: it knows whether the
// first is far ahead of the second.
func Fuse(rankings ...[]Hit) []Hit {
	const constant = 60
	sums := map[int32]float64{}
	for _, ranking := range rankings {
		for place, h := range ranking {
			sums[h.Index] += 1 / float64(constant+place+1)
		}
	}
	return ranked(sums)
}

// DefaultShare is the share of the vectors that served best, over four judged sets of support articles, FAQs with
// spoken questions and scientific abstracts: from 0.4 to 0.5 it matters little. More suits questions in other words
// than the articles', less suits names and numbers.
const DefaultShare = 0.4

// Blend joins a ranking by words with one by vectors, by their scores: share (0 to 1) is that of the vectors. Each
// score is first put on a scale from 0 to 1, where 1 is the best and 0 is what means nothing: no word in common, or no
// nearer than the mean of all vectors, which background says ([Matrix.Background]). So it works alike for models whose
// vectors are all near each other and for those whose are not. The result has every hit of either, best first, equal
// scores in the order of indices.
//
// A hit that is missing in a ranking counts as 0 there. To be fair to those found by words, words' hits should have
// their score among vectors too ([Matrix.Scores]). (Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid
// Retrieval", 2022, compare such combinations.)
func Blend(words, vectors []Hit, background float32, share float64) []Hit {
	sums := map[int32]float64{}
	addScaled(sums, words, 0, 1-share)
	addScaled(sums, vectors, background, share)
	return ranked(sums)
}

// addScaled adds weight times the score of each hit, on the scale from zero to the best.
func addScaled(sums map[int32]float64, hits []Hit, zero float32, weight float64) {
	top := zero
	for _, h := range hits {
		top = max(top, h.Score)
	}
	for _, h := range hits {
		scaled := 0.0
		if h.Score > zero {
			scaled = (float64(h.Score) - float64(zero)) / (float64(top) - float64(zero))
		}
		sums[h.Index] += weight * scaled
	}
}

func ranked(sums map[int32]float64) []Hit {
	hits := make([]Hit, 0, len(sums))
	for i, s := range sums {
		hits = append(hits, Hit{i, float32(s)})
	}
	slices.SortFunc(hits, order)
	return hits
}
