package kb

import "context"

// Rarity says how telling words are in what is written in a language: of gives a word's idf as a share of most, the idf of
// a word that no passage has, and 0 for words that carry nothing. It costs a look-up a word, and is usable as long as the
// snapshot is open. Where nothing is written in the language, it speaks of the language that most passages are in.
func (s *Snapshot) Rarity(ctx context.Context, lang string) (of func(text string) float64, most float64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var in *collection
	for _, c := range s.langs {
		if c.lang == PrimaryLang(lang) {
			in = c
			break
		}
		if in == nil || c.passages.n > in.passages.n {
			in = c
		}
	}
	if in == nil {
		return func(string) float64 { return 1 }, 1
	}
	most = idf(in.passages.n, 0)
	return func(text string) float64 {
		s.mu.RLock()
		defer s.mu.RUnlock()
		if s.closed {
			return 1
		}
		rarest := 0.0
		for _, t := range in.analyser.Terms(text) {
			found, err := s.term(ctx, in, word{text: t.Text, weight: 1})
			if err != nil {
				return 1 // what cannot be looked up is unknown
			}
			share := idf(in.passages.n, found.passages) / most
			if in.analyser.Asking(t.Text) {
				share *= askingShare
			}
			rarest = max(rarest, share)
		}
		return rarest
	}, most
}
