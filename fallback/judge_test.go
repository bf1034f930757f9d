package fallback_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"switchboard"
	"switchboard/fallback"
	"switchboard/kb"
	"switchboard/kb/library"
)

func demoSnapshot(tb testing.TB) *kb.Snapshot {
	tb.Helper()
	ctx, dir := context.Background(), tb.TempDir()
	store, err := kb.OpenStore(dir)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { store.Close() })
	done, err := (&library.Library{Store: store, Dir: dir}).Sync(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	snap, err := store.Open(ctx, done.Snapshot)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { snap.Close() })
	return snap
}

// ask routes, searches and judges one question as a turn does.
func ask(tb testing.TB, snap *kb.Snapshot, text, lang string) (fallback.Decision, fallback.Evidence) {
	tb.Helper()
	p := fallback.Default()
	r := p.Route(fallback.RouteInput{Text: switchboard.Masked(text), Lang: lang})
	if r.Kind != switchboard.ActionAnswer {
		return p.Decide(r, fallback.Evidence{}, nil), fallback.Evidence{}
	}
	found, err := snap.Search(context.Background(), kb.Query{Text: r.Search, K: 24, Lang: lang})
	if err != nil {
		tb.Fatal(err)
	}
	in := fallback.EvidenceInput{Question: text, Lang: lang, Route: r, Passages: found}
	in.Rarity, in.MostIDF = snap.Rarity(context.Background(), lang)
	e := p.Judge(in)
	return p.Decide(r, e, nil), e
}

func lines(tb testing.TB, name string) []string {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

// TestQuestionsOverTheDemoArticles asks questions that an article answers, and questions of the same trade that none
// does. At least 95 of 100 of the first must be answered (or asked back about), at least 85 of 100 of the second not.
func TestQuestionsOverTheDemoArticles(t *testing.T) {
	snap := demoSnapshot(t)
	for _, tt := range []struct {
		file   string
		answer bool
		least  int // percent
	}{{"answerable.txt", true, 95}, {"unanswerable.txt", false, 85}} {
		right, all := 0, lines(t, tt.file)
		for _, q := range all {
			d, e := ask(t, snap, q, "en")
			answered := d.Action == switchboard.ActionAnswer || d.Action == switchboard.ActionClarify
			if answered == tt.answer {
				right++
			} else {
				t.Logf("%q: %s/%s, evidence %.2f, missing %v", q, d.Action, d.Reason, e.Score, e.Missing)
			}
		}
		t.Logf("%s: %d of %d", tt.file, right, len(all))
		if right*100 < tt.least*len(all) {
			t.Errorf("%s: only %d of %d", tt.file, right, len(all))
		}
	}
}

func TestNamesThatNoPassageHas(t *testing.T) {
	snap := demoSnapshot(t)
	for _, q := range []string{"Can I add Netflix to my fibre plan?", "How much is a Starlink subscription with Vireo?"} {
		if d, e := ask(t, snap, q, "en"); d.Action == switchboard.ActionAnswer || len(e.Missing) == 0 {
			t.Errorf("%q: %+v, %+v", q, d, e)
		}
	}
}

func TestCompetingPassagesAreAskedAbout(t *testing.T) {
	snap := demoSnapshot(t)
	for _, q := range []string{"How do I reset my hub to factory settings?", "What do the lights on my router mean?"} {
		d, _ := ask(t, snap, q, "en")
		if d.Action != switchboard.ActionClarify || !strings.Contains(strings.Join(d.Choices, " "), "Hub 5") || len(d.Choices) != 2 {
			t.Errorf("%q: %+v", q, d)
		}
	}
	if d, _ := ask(t, snap, "How do I reset my Hub 6 to factory settings?", "en"); d.Action != switchboard.ActionAnswer {
		t.Errorf("named: %+v", d)
	}
}

func BenchmarkJudge(b *testing.B) {
	snap := demoSnapshot(b)
	p := fallback.Default()
	r := p.Route(fallback.RouteInput{Text: "How much is roaming in Switzerland?", Lang: "en"})
	found, err := snap.Search(context.Background(), kb.Query{Text: r.Search, K: 24, Lang: "en"})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		rarity, most := snap.Rarity(context.Background(), "en")
		p.Judge(fallback.EvidenceInput{Question: r.Resolved, Lang: "en", Route: r, Passages: found, Rarity: rarity, MostIDF: most})
	}
}
