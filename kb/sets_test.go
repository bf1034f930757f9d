package kb_test

import (
	"flag"
	"path/filepath"
	"testing"

	"switchboard/kb"
	"switchboard/kb/ingest"
	"switchboard/kb/kbeval"
)

var dataDir = flag.String("data", "", "folder with judged sets in BEIR layout, for BenchmarkSets")

// BenchmarkSets measures ranking on judged sets and the time of one search:
//
//	go test ./kb -run '^$' -bench Sets -data DIR
//
// DIR has one folder a set with documents.jsonl, queries.jsonl and qrels.tsv. Without -data it measures nothing.
func BenchmarkSets(b *testing.B) {
	if *dataDir == "" {
		return
	}
	for _, set := range []struct{ name, documents string }{
		{"scifact", "scifact"},
		{"tau2_banking_kb", "tau2_banking_kb"},
		{"telecom_handmade", "tau2_telecom_kb"},
		{"dstc10_faq", "dstc10_faq"},
	} {
		b.Run(set.name, func(b *testing.B) {
			docs := readSet(b, filepath.Join(*dataDir, set.documents, "documents.jsonl"))
			dir := filepath.Join(*dataDir, set.name)
			queries, err := kbeval.Load(filepath.Join(dir, "queries.jsonl"), filepath.Join(dir, "qrels.tsv"))
			if err != nil {
				b.Fatal(err)
			}
			snap := build(b, docs)
			report, err := kbeval.Evaluate(b.Context(), snap, queries, kbeval.Options{})
			if err != nil {
				b.Fatal(err)
			}
			n := 0
			for b.Loop() {
				q := kb.Query{Text: queries[n%len(queries)].Text}
				if _, err := snap.Search(b.Context(), q); err != nil {
					b.Fatal(err)
				}
				n++
			}
			b.ReportMetric(report.All.NDCG10, "nDCG@10")
			b.ReportMetric(report.All.Recall10, "Recall@10")
			b.ReportMetric(report.All.Recall5, "Recall@5")
			b.ReportMetric(report.All.MRR10, "MRR@10")
			b.ReportMetric(float64(report.All.Queries), "queries")
			b.ReportMetric(float64(snap.Stats().Passages), "passages")
		})
	}
}

func readSet(tb testing.TB, path string) []kb.Document {
	tb.Helper()
	read, err := ingest.Read(tb.Context(), ingest.Source{Paths: []string{path}}, ingest.Options{})
	if err != nil || len(read.Rejected) > 0 {
		tb.Fatal(read.Rejected, err)
	}
	docs := read.Documents
	for i := range docs {
		docs[i].Lang = "en"
	}
	return docs
}

// build makes a snapshot of docs in a store of its own and opens it for the length of the test.
func build(tb testing.TB, docs []kb.Document) *kb.Snapshot {
	tb.Helper()
	store, err := kb.OpenStore(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	id, err := store.Build(tb.Context(), docs)
	if err != nil {
		tb.Fatal(err)
	}
	snap, err := store.Open(tb.Context(), id)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := snap.Close(); err != nil {
			tb.Error(err)
		}
	})
	return snap
}
