package altered_test

import (
	"context"
	"testing"

	"switchboard"
	"switchboard/evals/altered"
	"switchboard/kb"
	"switchboard/kb/library"
)

// demo is the demo articles, built.
func demo(t *testing.T) *kb.Snapshot {
	t.Helper()
	ctx := context.Background()
	docs, err := library.DemoArticles(ctx)
	if err != nil {
		t.Fatal(err)
	}
	store, err := kb.OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	id, err := store.Build(ctx, docs)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := store.Open(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { snap.Close() })
	return snap
}

// measured alters the demo articles.
func measured(t *testing.T, o altered.Options) altered.Report {
	t.Helper()
	ctx := context.Background()
	docs, err := library.DemoArticles(ctx)
	if err != nil {
		t.Fatal(err)
	}
	store, err := kb.OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	id, err := store.Build(ctx, docs)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := store.Open(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	var all []switchboard.Passage
	for _, d := range docs {
		ps, err := snap.Passages(ctx, d.ID)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, ps...)
	}
	r, err := altered.Measure(ctx, snap, all, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Of the demo articles' sentences, altered ones are stopped and true ones are not, however they are told.
func TestAlteredSentencesAreStoppedAndTrueOnesAreNot(t *testing.T) {
	r := measured(t, altered.Options{Seed: 1, Most: 500})
	if r.Altered.Tried < 2000 || r.Altered.Share < 0.985 || r.True.Share > 0.01 {
		t.Errorf("altered %+v, true %+v", r.Altered, r.True)
	}
}

func TestASeedGivesTheSameSentences(t *testing.T) {
	var runs [2][]string
	for i := range runs {
		measured(t, altered.Options{Seed: 7, Most: 60, Wrong: func(w altered.Wrong) { runs[i] = append(runs[i], w.Sentence) }})
	}
	if len(runs[0]) != len(runs[1]) {
		t.Fatalf("%d and %d sentences", len(runs[0]), len(runs[1]))
	}
	for i, s := range runs[0] {
		if s != runs[1][i] {
			t.Fatalf("%q and %q", s, runs[1][i])
		}
	}
}
