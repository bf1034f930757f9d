package main

import (
	"maps"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"switchboard/kb"
	"switchboard/kb/kbeval"
)

func (p *program) kbEvalCommand() *cobra.Command {
	var queries, qrels, snapshot string
	cmd := &cobra.Command{Use: "eval", Short: "Measure the ranking on judged questions", Args: cobra.NoArgs,
		Example: "  switchboard kb eval --queries queries.jsonl --qrels qrels.tsv",
		RunE: func(cmd *cobra.Command, _ []string) error {
			judged, err := kbeval.Load(queries, qrels)
			if err != nil {
				return err
			}
			return p.withSnapshot(cmd.Context(), snapshot, func(s *kb.Snapshot) error {
				report, err := kbeval.Evaluate(cmd.Context(), s, judged, kbeval.Options{})
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
	cmd.Flags().StringVar(&queries, "queries", "", "JSONL rows {\"_id\",\"text\",\"lang\"?}")
	cmd.Flags().StringVar(&qrels, "qrels", "", "TSV: query-id, corpus-id, score")
	cmd.Flags().StringVar(&snapshot, "snapshot", "", "another snapshot than the current one")
	for _, f := range []string{"queries", "qrels"} {
		if err := cmd.MarkFlagRequired(f); err != nil {
			panic(err)
		}
	}
	return cmd
}
