package fallback

import (
	"math"

	"switchboard/fallback/internal/lex"
)

// suspect tells attacks on the instructions from other messages by their words, beside the patterns: those find what
// somebody thought of, this what is said alike. It is trained with the policy, in a moment, from the policy's own examples.
type suspect struct {
	ids  map[string]int32
	w    []float32
	bias float32
}

// A message is looked at in stretches of so many words, each beginning half of one after the last, so that an attack in
// a long text weighs as much as one alone.
const stretch = 40

// The margins from which a stretch is worth one hint and two, chosen on public sets of attacks and of harmless texts that
// have their words.
const (
	suspicious = 0.25
	likely     = 0.65
)

// newSuspect learns from attacks and from harmless texts. It is nil where the policy has no attacks to learn from.
func newSuspect(attacks, harmless []string) *suspect {
	if len(attacks) == 0 {
		return nil
	}
	s := &suspect{ids: map[string]int32{}}
	var x [][]feature
	var label []int
	learn := func(texts []string, l int) {
		for _, text := range texts {
			for _, part := range stretches(beginnings(lex.Tokens(text))) {
				x, label = append(x, s.vector(part, true)), append(label, l)
			}
		}
	}
	learn(attacks, 1)
	learn(harmless, 0)
	for i := range x { // a constant learns the bias
		x[i] = append(x[i], feature{int32(len(s.ids)), 1})
	}
	m := newMachine(x, len(s.ids)+1)
	m.train(label, 1)
	s.w, s.bias = m.w[:len(s.ids)], m.w[len(s.ids)]
	return s
}

// hints is how many hints the likeness of the text to attacks is worth.
func (s *suspect) hints(tokens []lex.Token) int {
	if s == nil || len(tokens) == 0 {
		return 0
	}
	if len(beginnings(tokens)) < leastWords {
		return 0
	}
	switch score := s.score(tokens); {
	case score >= likely:
		return 2
	case score >= suspicious:
		return 1
	}
	return 0
}

// leastWords is how many words a text must have to be judged by its likeness. Of "and in Brazil?" two words are known, and
// attacks have them too; what is an attack in so few words is one by its patterns.
const leastWords = 4

// score is the highest margin of a stretch of the text.
func (s *suspect) score(tokens []lex.Token) float32 {
	best := float32(math.Inf(-1))
	for _, part := range stretches(beginnings(tokens)) {
		sum := s.bias
		for _, f := range s.vector(part, false) {
			sum += s.w[f.id] * f.weight
		}
		best = max(best, sum)
	}
	return best
}

// beginnings are a text's words cut to their beginnings, which is where languages keep what a word means.
func beginnings(tokens []lex.Token) []string {
	const most = 6
	out := make([]string, 0, len(tokens))
	for _, t := range tokens {
		if w := t.Text; w != "" {
			out = append(out, w[:min(most, len(w))])
		}
	}
	return out
}

func stretches(words []string) [][]string {
	if len(words) <= stretch {
		return [][]string{words}
	}
	var out [][]string
	for i := 0; i < len(words)-stretch/2; i += stretch / 2 {
		out = append(out, words[i:min(len(words), i+stretch)])
	}
	return out
}

// vector has a text's words, pairs of neighbours and pairs across one, with the length 1. What training has not seen
// counts in the length alone, half as much as what it has.
func (s *suspect) vector(words []string, learn bool) []feature {
	out := make([]feature, 0, 3*len(words))
	var buf [64]byte
	unknown := float32(0)
	add := func(key []byte, weight float32) {
		id, ok := s.ids[string(key)]
		if !ok {
			if !learn {
				unknown += weight * weight / 4
				return
			}
			id = int32(len(s.ids))
			s.ids[string(key)] = id
		}
		out = append(out, feature{id, weight})
	}
	for i, w := range words {
		add(append(buf[:0], w...), 1)
		if i > 0 {
			add(append(append(append(buf[:0], words[i-1]...), ' '), w...), 0.8)
		}
		if i > 1 {
			add(append(append(append(buf[:0], words[i-2]...), '_'), w...), 0.4)
		}
	}
	size := unknown
	for _, f := range out {
		size += f.weight * f.weight
	}
	if size > 0 {
		scale := float32(1 / math.Sqrt(float64(size)))
		for i := range out {
			out[i].weight *= scale
		}
	}
	return out
}
