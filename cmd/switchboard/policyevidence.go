package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"switchboard"
	"switchboard/evals/answerable"
	"switchboard/fallback"
	"switchboard/fallback/privacy"
	"switchboard/kb"
)

// evidencePath is where `policy fit --evidence` keeps the weights, a part of the policy's hash and so of the release.
func evidencePath(c *config) string { return filepath.Join(c.DataDir, "policy", "evidence.json") }

// readEvidence reads the fitted weights; nil where there are none.
func readEvidence(c *config) (*fallback.EvidenceFit, error) {
	b, err := os.ReadFile(evidencePath(c))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the fitted evidence: %w", err)
	}
	var f fallback.EvidenceFit
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, fmt.Errorf("%s: %w", evidencePath(c), err)
	}
	return &f, nil
}

// evidenceFlags are what --evidence of `policy fit` and `policy test` goes with.
type evidenceFlags struct {
	on, fromKnowledge, unscoped   bool
	docs, queries, qrels, foreign string
	leaveOut                      int
}

func (f *evidenceFlags) add(cmd *cobra.Command, fits bool) {
	cmd.Flags().BoolVar(&f.on, "evidence", false, "of the evidence model instead, on rows {\"question\",\"answerable\",\"lang\"?}")
	cmd.Flags().BoolVar(&f.unscoped, "no-scope", false, "with --evidence: the policy is not about these documents; its scope does not count")
	if fits {
		cmd.Flags().BoolVar(&f.fromKnowledge, "from-knowledge", false, "with --evidence: make the questions of the current snapshot's documents")
		return
	}
	cmd.Flags().StringVar(&f.docs, "docs", "", "with --evidence: documents.jsonl or a folder, with --queries and --qrels in place of rows")
	cmd.Flags().StringVar(&f.queries, "queries", "", "JSONL rows {\"_id\",\"text\"}")
	cmd.Flags().StringVar(&f.qrels, "qrels", "", "TSV: query-id, corpus-id, score")
	cmd.Flags().StringVar(&f.foreign, "foreign", "", "JSONL rows {\"text\"}: questions of other trades")
	cmd.Flags().IntVar(&f.leaveOut, "leave-out", 3, "into how many parts the questions are divided; the documents of each are left out in turn")
}

// evidenceQuestion is a labelled question, and what came of it.
type evidenceQuestion struct {
	Question   string  `json:"question"`
	Answerable *bool   `json:"answerable"`
	Lang       string  `json:"lang,omitempty"`
	Score      float64 `json:"score"`
	Outcome    string  `json:"outcome"`
}

// evidenceQuestions reads rows of files; - is the standard input. Personal data is masked at once.
func (p *program) evidenceQuestions(paths []string, policy *fallback.Policy) (all []evidenceQuestion, err error) {
	masker, err := privacy.New(policy.PersonalData()...)
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		in := p.in
		if path != "-" {
			f, err := os.Open(path)
			if errors.Is(err, fs.ErrNotExist) {
				return nil, switchboard.Errorf(switchboard.NotFound, "there is no %s", path)
			}
			if err != nil {
				return nil, err
			}
			defer f.Close()
			in = f
		}
		rows, err := decodeEvidence(path, in)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			masked, _ := masker.Mask(r.Question)
			r.Question = string(masked)
			if r.Lang == "" {
				r.Lang = policy.Languages()[0]
			}
			all = append(all, r)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: there are no rows", strings.Join(paths, ", "))
	}
	return all, nil
}

func decodeEvidence(name string, in io.Reader) ([]evidenceQuestion, error) {
	return decodeRows(name, in, `{"question":…,"answerable":true or false}`, func(q evidenceQuestion) string {
		if q.Answerable == nil {
			return ""
		}
		return q.Question
	})
}

// look asks a question of a snapshot as a turn does.
func (f *evidenceFlags) look(ctx context.Context, policy *fallback.Policy, snap *kb.Snapshot, q evidenceQuestion) (fallback.EvidenceInput, error) {
	return answerable.Look(ctx, policy, snap, switchboard.Masked(q.Question), q.Lang, !f.unscoped)
}

func (p *program) fitEvidence(ctx context.Context, c *config, f *evidenceFlags, args []string, reset bool) error {
	switch {
	case reset && (len(args) > 0 || f.fromKnowledge):
		return usageError{errors.New("--reset takes no files")}
	case reset:
		if err := os.Remove(evidencePath(c)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		fmt.Fprintln(p.err, "evidence is judged by the shipped weights again")
		return nil
	case f.fromKnowledge == (len(args) > 0):
		return usageError{errors.New("name the files to fit to, - for the standard input, or --from-knowledge")}
	}
	policy, err := loadPolicy(c)
	if err != nil {
		return err
	}
	var rows []fallback.EvidenceRow
	var group []int
	err = p.withSearch(ctx, "", false, func(snap *kb.Snapshot) error {
		rows, group, err = p.evidenceRows(ctx, f, policy, snap, args)
		return err
	})
	if err != nil {
		return err
	}
	if n := countAnswerable(rows); n < evidenceLeast || len(rows)-n < evidenceLeast {
		return fmt.Errorf("%d questions are answerable and %d are not: at least %d of each are needed", n, len(rows)-n, evidenceLeast)
	}
	return p.keepEvidence(c, rows, group)
}

// evidenceLeast is how many questions of each kind there must be to learn anything.
const evidenceLeast = 5

func (p *program) evidenceRows(ctx context.Context, f *evidenceFlags, policy *fallback.Policy, snap *kb.Snapshot, args []string) (rows []fallback.EvidenceRow, group []int, err error) {
	if f.fromKnowledge {
		made, err := answerable.FromKnowledge(ctx, policy, snap, !f.unscoped)
		for _, m := range made {
			rows, group = append(rows, m.EvidenceRow), append(group, m.Document)
		}
		return rows, group, err
	}
	questions, err := p.evidenceQuestions(args, policy)
	if err != nil {
		return nil, nil, err
	}
	for _, q := range questions {
		in, err := f.look(ctx, policy, snap, q)
		if err != nil {
			return nil, nil, err
		}
		rows = append(rows, fallback.EvidenceRow{Signs: policy.Signs(in), Answerable: *q.Answerable})
	}
	return rows, nil, nil
}

func countAnswerable(rows []fallback.EvidenceRow) (n int) {
	for _, r := range rows {
		if r.Answerable {
			n++
		}
	}
	return n
}

func (p *program) keepEvidence(c *config, rows []fallback.EvidenceRow, group []int) error {
	fit, after := fallback.FitEvidence(rows, group)
	b, err := json.MarshalIndent(fit, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(evidencePath(c)), 0o700); err != nil {
		return err
	}
	if err := kb.ReplaceFile(evidencePath(c), append(b, '\n')); err != nil {
		return fmt.Errorf("keep the fitted evidence: %w", err)
	}
	policy, err := loadPolicy(c)
	if err != nil {
		return err
	}
	quote, model := policy.EvidenceThresholds("")
	report := struct {
		Rows   int             `json:"rows"`
		Before evidenceSummary `json:"before"`
		After  evidenceSummary `json:"after"` // on rows held back
		Quote  float64         `json:"quoted_from"`
		Model  float64         `json:"model_asked_from"`
	}{len(rows), summary(rows, fallback.ShippedScores(rows)), summary(rows, after), quote, model}
	return p.show(report, func(w io.Writer) {
		fmt.Fprintf(w, "fitted to %d questions\nby the shipped weights:\n", len(rows))
		report.Before.write(w)
		fmt.Fprintln(w, "fitted, measured on questions held back:")
		report.After.write(w)
		fmt.Fprintf(w, "by the policy's costs, passages are quoted from %.2f on, and a model is asked from %.2f\n", quote, model)
	})
}

// evidenceSummary is how well answerable questions are told from others.
type evidenceSummary struct {
	Answerable   int                       `json:"answerable"`
	Unanswerable int                       `json:"unanswerable"`
	AUROC        *float64                  `json:"auroc"`
	AUPR         *float64                  `json:"aupr"` // of finding the unanswerable ones
	Brier        *float64                  `json:"brier"`
	ECE          *float64                  `json:"ece"`
	Curve        []fallback.RiskPoint      `json:"risk_coverage"`
	Outcomes     map[string]map[string]int `json:"outcomes,omitempty"`      // by what is true, then by what was decided
	Missing      *float64                  `json:"auroc_missing,omitempty"` // questions whose documents were left out
	Foreign      *float64                  `json:"auroc_foreign,omitempty"`
}

func summary(rows []fallback.EvidenceRow, scores []float64) evidenceSummary {
	judged := make([]fallback.Judged, len(rows))
	for i, r := range rows {
		judged[i] = fallback.Judged{Label: "answerable", Nearest: "answerable", Predicted: "answerable", Score: 1 - scores[i]}
		if !r.Answerable {
			judged[i].Label = fallback.OutOfScope
		}
	}
	r := fallback.MeasureScope(judged)
	return evidenceSummary{Answerable: r.InScope, Unanswerable: r.OutOfScope, AUROC: r.AUROC, AUPR: r.AUPR, Brier: r.Brier, ECE: r.ECE, Curve: r.Curve}
}

func (s evidenceSummary) write(w io.Writer) {
	fmt.Fprintf(w, "  %-32s %d answerable, %d not\n", "questions", s.Answerable, s.Unanswerable)
	for _, l := range []struct {
		name string
		v    *float64
	}{{"AUROC", s.AUROC}, {"AUROC, article left out", s.Missing}, {"AUROC, of other trades", s.Foreign}, {"AUPR of the unanswerable", s.AUPR}, {"Brier score", s.Brier}, {"calibration error (ECE)", s.ECE}} {
		if l.v != nil {
			fmt.Fprintf(w, "  %-32s %.4f\n", l.name, *l.v)
		}
	}
	for i := riskEvery - 1; i < len(s.Curve); i += riskEvery {
		fmt.Fprintf(w, "    answering %3.0f %%: %4.1f %% unanswerable\n", 100*s.Curve[i].Coverage, 100*s.Curve[i].Risk)
	}
	for _, truth := range []string{"answerable", "unanswerable"} {
		if by := s.Outcomes[truth]; by != nil {
			fmt.Fprintf(w, "  %-32s enough %d, ambiguous %d, missing %d\n", truth, by["enough"], by["ambiguous"], by["missing"])
		}
	}
}

func (p *program) testEvidence(ctx context.Context, c *config, f *evidenceFlags, args []string) error {
	policy, err := loadPolicy(c)
	if err != nil {
		return err
	}
	if f.docs != "" || f.queries != "" || f.qrels != "" {
		return p.testLeftOut(ctx, policy, f, args)
	}
	if len(args) != 1 {
		return usageError{errors.New("name one file of rows, - for the standard input, or --docs, --queries and --qrels")}
	}
	questions, err := p.evidenceQuestions(args, policy)
	if err != nil {
		return err
	}
	rows, scores := make([]fallback.EvidenceRow, len(questions)), make([]float64, len(questions))
	outcomes := map[string]map[string]int{"answerable": {}, "unanswerable": {}}
	err = p.withSearch(ctx, "", false, func(snap *kb.Snapshot) error {
		for i := range questions {
			q := &questions[i]
			in, err := f.look(ctx, policy, snap, *q)
			if err != nil {
				return err
			}
			in.Model = len(c.Models) > 0
			e := policy.Judge(in)
			q.Score, q.Outcome = e.Score, string(e.Outcome)
			rows[i].Answerable, scores[i] = *q.Answerable, e.Score
			truth := "unanswerable"
			if *q.Answerable {
				truth = "answerable"
			}
			outcomes[truth][q.Outcome]++
		}
		return nil
	})
	if err != nil {
		return err
	}
	if p.format == "jsonl" || p.format == "csv" {
		return table(p, questions, []string{"answerable", "outcome", "score", "question"}, func(q evidenceQuestion) []string {
			return []string{strconv.FormatBool(*q.Answerable), q.Outcome, strconv.FormatFloat(q.Score, 'f', 3, 64), q.Question}
		})
	}
	report := summary(rows, scores)
	report.Outcomes = outcomes
	return p.show(report, report.write)
}

// testLeftOut asks a judged set, with the documents of a part of the questions left out in turn.
func (p *program) testLeftOut(ctx context.Context, policy *fallback.Policy, f *evidenceFlags, args []string) error {
	if f.docs == "" || f.queries == "" || f.qrels == "" || len(args) > 0 {
		return usageError{errors.New("--docs, --queries and --qrels go together, without a file of rows")}
	}
	if f.leaveOut < 2 {
		return usageError{errors.New("--leave-out must be 2 or more")}
	}
	set, err := answerable.Load(ctx, filepath.Base(f.docs), f.docs, f.queries, f.qrels)
	if err != nil {
		return err
	}
	set.Scoped, set.Folds = !f.unscoped, f.leaveOut
	if f.foreign != "" {
		if set.Foreign, err = answerable.Texts(f.foreign, func(answerable.Text) bool { return true }); err != nil {
			return err
		}
	}
	asked, err := set.Ask(ctx, policy)
	if err != nil {
		return err
	}
	if p.format == "jsonl" || p.format == "csv" {
		for i := range asked {
			asked[i].Signs = nil
		}
		return table(p, asked, []string{"kind", "score", "question"}, func(r answerable.Row) []string {
			return []string{string(r.Kind), strconv.FormatFloat(r.Score, 'f', 3, 64), r.Question}
		})
	}
	rows, scores := make([]fallback.EvidenceRow, len(asked)), make([]float64, len(asked))
	for i, r := range asked {
		rows[i].Answerable, scores[i] = r.Kind == answerable.Answerable, r.Score
	}
	report := summary(rows, scores)
	sets := answerable.Measure(set.Name, asked)
	if sets.Answerable > 0 && sets.Missing > 0 {
		report.Missing = &sets.MissingROC
	}
	if sets.Answerable > 0 && sets.Foreign > 0 {
		report.Foreign = &sets.ForeignROC
	}
	return p.show(report, func(w io.Writer) {
		report.write(w)
		fmt.Fprintf(w, "  %-32s %d, %d of other trades\n", "article left out", sets.Missing, sets.Foreign)
	})
}
