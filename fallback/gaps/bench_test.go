package gaps

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"switchboard"
)

// manyQuestions makes questions that were not answered: of 5,000 matters, some far commoner than others, each asked in many
// ways, one word in fifty misspelt.
func manyQuestions(n int) []unanswered {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same ones each time
	word := func(i int) string { return fmt.Sprintf("w%c%c%c%d", 'a'+i%26, 'a'+i/26%26, 'a'+i/7%26, i) }
	common := rand.NewZipf(r, 1.3, 4, 4999)
	filler := []string{"how", "do", "I", "please", "my", "the", "can", "you", "tell", "me", "about", "when", "is", "it", "possible"}
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	out := make([]unanswered, n)
	for i := range out {
		matter := int(common.Uint64()) //nolint:gosec // below 5,000
		words := []string{word(matter), word(matter*7%3000 + 5000), word(matter*13%800 + 9000)}
		for range r.IntN(3) {
			words = append(words, word(10000+r.IntN(4000)))
		}
		for range 3 + r.IntN(4) {
			words = append(words, filler[r.IntN(len(filler))])
		}
		r.Shuffle(len(words), func(a, b int) { words[a], words[b] = words[b], words[a] })
		for j, w := range words {
			if r.IntN(50) == 0 && len(w) > 4 {
				words[j] = w[:2] + w[3:]
			}
		}
		out[i] = unanswered{switchboard.Asked{
			ID: fmt.Sprintf("msg_%06d", i), ConversationID: fmt.Sprintf("conv_%06d", i/2), Lang: "en",
			Question: switchboard.Masked(strings.Join(words, " ")), At: now.Add(time.Duration(i) * time.Minute),
		}, NothingFound}
	}
	return out
}

// BenchmarkFind groups 100,000 questions, the most that are looked at.
func BenchmarkFind(b *testing.B) {
	for _, n := range []int{1_000, 10_000, maxQuestions} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			questions := manyQuestions(n)
			b.ReportAllocs()
			var gaps []Gap
			for b.Loop() {
				gaps = find(questions, nil, questions[n-1].At)
			}
			b.ReportMetric(float64(len(gaps)), "gaps")
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.Sys)/1e6, "MB-from-system")
		})
	}
}
