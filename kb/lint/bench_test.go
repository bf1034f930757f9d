package lint_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"switchboard/kb"
	"switchboard/kb/lint"
)

var documents = flag.Int("documents", 10_000, "how many documents the benchmark makes")

// madeUp is a knowledge base of n articles of about 170 words: a third from one template, as product pages are, some
// copies of others, links, tables, dates.
func madeUp(n int) []kb.Document {
	random := rand.New(rand.NewPCG(1, 2))
	vocabulary := make([]string, 8000)
	for i := range vocabulary {
		var b strings.Builder
		for range 2 + random.IntN(3) {
			b.WriteByte("bcdfglmnprstvz"[random.IntN(14)])
			b.WriteByte("aeiou"[random.IntN(5)])
		}
		vocabulary[i] = b.String()
	}
	word := func() string { return vocabulary[int(float64(len(vocabulary))*random.Float64()*random.Float64())] }
	sentence := func() string {
		words := []string{"The"}
		for range 8 + random.IntN(10) {
			words = append(words, word())
			if random.IntN(3) == 0 {
				words = append(words, []string{"of", "the", "and", "is", "in", "to"}[random.IntN(6)])
			}
		}
		return strings.Join(words, " ") + ". "
	}
	docs := make([]kb.Document, n)
	for i := range docs {
		name := strings.ToUpper(word()[:1]) + word() + fmt.Sprint(i%977)
		var b strings.Builder
		fmt.Fprintf(&b, "%s\n\n## Prices\n\n| Plan | Month | Data |\n|---|---|---|\n", sentence())
		for _, row := range []string{"Lite", "Plus", "Max"} {
			fmt.Fprintf(&b, "| %s %s | €%d.99 | %d GB |\n", name, row, 5+random.IntN(30), 1+random.IntN(100))
		}
		fmt.Fprintf(&b, "\n## Terms\n\nThe late fee of %s is €%d.50 and notice takes %d days. See [more](/a/doc-%d).\n\n", name, 1+random.IntN(9), 7+random.IntN(30), random.IntN(n))
		for range 8 {
			b.WriteString(sentence())
		}
		docs[i] = kb.Document{ID: fmt.Sprintf("doc-%d", i), Title: name + " " + word() + " " + word(), Lang: "en", Body: b.String(),
			URL: fmt.Sprintf("https://help.example/a/doc-%d", i), Owner: "team", ReviewBy: today.AddDate(0, 0, random.IntN(300))}
		if i > 10 && i%50 == 0 {
			docs[i].Body = docs[i-10].Body
		}
	}
	return docs
}

// BenchmarkCheck checks made-up documents:
//
//	go test ./kb/lint -run '^$' -bench Check -benchtime 1x -documents 100000
func BenchmarkCheck(b *testing.B) {
	docs := madeUp(*documents)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	peak := watchHeap(b)
	for b.Loop() {
		found, err := lint.Check(context.Background(), docs, lint.Options{Today: today, Hosts: []string{"help.example"}})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(found)), "findings")
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(peak()-before.HeapAlloc)/float64(len(docs)), "B/doc-peak")
}

// watchHeap returns what says the largest heap that was seen since.
func watchHeap(b *testing.B) func() uint64 {
	stop, done := make(chan struct{}), make(chan struct{})
	most := uint64(0)
	go func() {
		defer close(done)
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-done
		return most
	}
}
