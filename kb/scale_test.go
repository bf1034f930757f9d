package kb_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"switchboard/kb"
)

var passagesFlag = flag.Int("passages", 100_000, "size of the knowledge base of BenchmarkScale, in passages of some 120 words")

// cpu is the processor time that the process has used, user and system.
func cpu() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// peakMB is the most memory that the process has held, in MiB.
func peakMB() float64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024
		}
	}
	return 0
}

// prose makes texts whose words are as unevenly frequent as those of a language (Zipf's law), some of them words that
// say nothing.
type prose struct {
	r     *rand.Rand
	zipf  *rand.Zipf
	words []string
}

func newProse() *prose {
	r := rand.New(rand.NewPCG(3, 4))
	p := &prose{r: r, words: strings.Fields("the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which")}
	syllables := strings.Fields("ba ce di fo gu ha ki le mo nu pa re si to vu an er in on ast ent ing ler mil por ran sel tor val wen")
	seen := map[string]bool{}
	for len(p.words) < 60_000 {
		var b strings.Builder
		for range 2 + r.IntN(3) {
			b.WriteString(syllables[r.IntN(len(syllables))])
		}
		if w := b.String(); !seen[w] {
			seen[w] = true
			p.words = append(p.words, w)
		}
	}
	p.zipf = rand.NewZipf(r, 1.1, 4, uint64(len(p.words)-1))
	return p
}

func (p *prose) text(words int) string {
	var b strings.Builder
	for i := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(p.words[p.zipf.Uint64()])
		if i%14 == 13 {
			b.WriteByte('.')
		}
	}
	return b.String()
}

func (p *prose) document(i int) kb.Document {
	return kb.Document{ID: fmt.Sprintf("doc-%06d", i), Title: p.text(6), Lang: "en", Body: p.text(100 + p.r.IntN(20))}
}

// BenchmarkScale prints what a large knowledge base costs: indexing, searching and editing.
//
//	go test -tags nomsgpack ./kb -run '^$' -bench Scale -benchtime 1x -passages 100000
func BenchmarkScale(b *testing.B) {
	text := newProse()
	store, err := kb.OpenStore(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	var id string
	b.Run("index", func(b *testing.B) {
		docs := make([]kb.Document, *passagesFlag)
		for i := range docs {
			docs[i] = text.document(i)
		}
		runtime.GC()
		before := cpu()
		for b.Loop() {
			if id, err = store.Build(b.Context(), docs); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric((cpu() - before).Seconds(), "cpu-s")
		b.ReportMetric(peakMB(), "peak-MiB")
		b.ReportMetric(0, "ns/op")
	})
	runtime.GC()
	began := time.Now()
	snap, err := store.Open(b.Context(), id)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("opened %d passages in %v", snap.Stats().Passages, time.Since(began))
	b.Run("search", func(b *testing.B) {
		for _, exhaustive := range []bool{false, true} {
			name := map[bool]string{false: "pruned", true: "exhaustive"}[exhaustive]
			b.Run(name, func(b *testing.B) { benchSearch(b, snap, kb.Query{K: 10, Exhaustive: exhaustive}) })
		}
		b.Run("documents", func(b *testing.B) { benchSearch(b, snap, kb.Query{K: 10, ByDocument: true}) })
	})
	b.Run("edit", func(b *testing.B) { benchEdit(b, store, snap, text) })
}

// queries are of two to ten words, as frequent as in the texts.
func queriesOf(n int) []string {
	text := newProse()
	out := make([]string, n)
	for i := range out {
		out[i] = text.text(2 + i%9)
	}
	return out
}

func benchSearch(b *testing.B, snap *kb.Snapshot, query kb.Query) {
	queries := queriesOf(500)
	var times []time.Duration
	for range 2 { // the first round reads postings
		times = times[:0]
		for _, q := range queries {
			query.Text = q
			before := cpu()
			if _, err := snap.Search(b.Context(), query); err != nil {
				b.Fatal(err)
			}
			times = append(times, cpu()-before)
		}
		if query.Exhaustive {
			break
		}
	}
	slices.Sort(times)
	for range b.N { // counted above
	}
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "median-cpu-ms")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-cpu-ms")
	b.ReportMetric(0, "ns/op")
}

func benchEdit(b *testing.B, store *kb.Store, snap *kb.Snapshot, text *prose) {
	id, open := snap.ID(), snap
	var times []time.Duration
	for i := range 300 {
		began := time.Now()
		d := text.document(i * 37 % *passagesFlag)
		d.Body += " visible" + strconv.Itoa(i)
		out, err := store.Apply(b.Context(), id, kb.Change{Put: []kb.Document{d}})
		if err != nil {
			b.Fatal(err)
		}
		id = out.ID
		next, err := store.Open(b.Context(), id)
		if err != nil {
			b.Fatal(err)
		}
		found, err := next.Search(b.Context(), kb.Query{Text: "visible" + strconv.Itoa(i), K: 1})
		if err != nil || len(found) != 1 || found[0].DocumentID != d.ID {
			b.Fatalf("edit %d: found %v, %v", i, found, err)
		}
		times = append(times, time.Since(began))
		if err := open.Close(); err != nil {
			b.Fatal(err)
		}
		open = next
	}
	if err := open.Close(); err != nil {
		b.Fatal(err)
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "median-ms")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(0, "ns/op")
}
