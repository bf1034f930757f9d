package main

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"switchboard/kb"
	"switchboard/kb/kbeval"
)

func (p *program) kbEvalCommand() *cobra.Command {
	var queries, qrels, snapshot, asOf string
	var wordsOnly bool
	o := kbeval.Options{}
	cmd := &cobra.Command{Use: "eval", Short: "Measure the ranking on judged questions", Args: cobra.NoArgs,
		Example: "  switchboard kb eval --queries queries.jsonl --qrels qrels.tsv",
		RunE: func(cmd *cobra.Command, _ []string) error {
			judged, err := kbeval.Load(queries, qrels)
			if err != nil {
				return err
			}
			if o.AsOf = time.Now(); asOf != "" {
				if o.AsOf, err = time.Parse(time.DateOnly, asOf); err != nil {
					return usageError{errors.New("--as-of must be a date such as 2026-03-01")}
				}
			}
			return p.withSearch(cmd.Context(), snapshot, wordsOnly, func(s *kb.Snapshot) error {
				report, err := kbeval.Evaluate(cmd.Context(), s, judged, o)
				if err != nil {
					return err
				}
				if p.format == "json" {
					return p.json(report)
				}
				type row struct {
					Lang string `json:"lang"`
					kbeval.Score
				}
				rows := []row{{"all", report.All}}
				for _, lang := range slices.Sorted(maps.Keys(report.Languages)) {
					if lang != "" {
						rows = append(rows, row{lang, report.Languages[lang]})
					}
				}
				header := []string{"lang", "queries", "nDCG@10", "Recall@5", "Recall@10", "MRR@10"}
				return table(p, rows, header, func(r row) []string {
					out := []string{r.Lang, strconv.Itoa(r.Queries)}
					for _, x := range []float64{r.NDCG10, r.Recall5, r.Recall10, r.MRR10} {
						out = append(out, strconv.FormatFloat(x, 'f', 4, 64))
					}
					return out
				})
			})
		}}
	cmd.Flags().StringVar(&queries, "queries", "", "JSONL rows {\"_id\",\"text\",\"lang\"?,\"history\"?}")
	cmd.Flags().StringVar(&qrels, "qrels", "", "TSV: query-id, corpus-id, score")
	cmd.Flags().StringVar(&asOf, "as-of", "", "as of a date, such as 2026-03-01")
	cmd.Flags().StringSliceVar(&o.Audiences, "audience", nil, "whose documents (default public)")
	cmd.Flags().BoolVar(&wordsOnly, "words-only", false, "without embeddings and reranking, where they are configured")
	cmd.Flags().StringVar(&snapshot, "snapshot", "", "another snapshot than the current one")
	for _, f := range []string{"queries", "qrels"} {
		if err := cmd.MarkFlagRequired(f); err != nil {
			panic(err)
		}
	}
	return cmd
}
