package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"switchboard"
	reports "switchboard/evals/report"
	"switchboard/fallback"
	"switchboard/fallback/privacy"
)

func (p *program) policyCommand() *cobra.Command {
	return group("policy", "Read, check, fit and measure what the bot is for",
		p.policyShowCommand(), p.policyLintCommand(), p.policyDiffCommand(), p.policyFitCommand(), p.policyTestCommand())
}

// policySource is the policy file in use.
func (p *program) policySource(path string) ([]byte, error) {
	if path == "" {
		c, err := p.config()
		if err != nil {
			return nil, err
		}
		path = c.Policy
	}
	if path == "" {
		return fallback.DefaultYAML(), nil
	}
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, switchboard.Errorf(switchboard.NotFound, "there is no %s", path)
	}
	return data, err
}

func (p *program) policyShowCommand() *cobra.Command {
	return &cobra.Command{Use: "show", Short: "Print the policy in use, as a start for your own", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			data, err := p.policySource("")
			if err != nil {
				return err
			}
			return p.show(struct {
				Policy string `json:"policy"`
			}{string(data)}, func(w io.Writer) { _, _ = w.Write(data) })
		}}
}

func (p *program) policyLintCommand() *cobra.Command {
	return &cobra.Command{Use: "lint [FILE]", Short: "Check a policy; exit 1 on errors, and warn of examples that teach little", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			data, err := p.policySource(strings.Join(args, ""))
			if err != nil {
				return err
			}
			policy, err := fallback.Load(data)
			if err != nil {
				return err
			}
			advice, err := fallback.Lint(data)
			if err != nil {
				return err
			}
			return p.show(struct {
				Hash     string            `json:"hash"`
				Topics   int               `json:"topics"`
				Warnings []fallback.Advice `json:"warnings"`
			}{policy.Hash(), len(policy.Topics()), advice}, func(w io.Writer) {
				for _, a := range advice {
					fmt.Fprintf(p.err, "warning: line %d: %s (%s)\n", a.Line, a.Text, a.Rule)
				}
				fmt.Fprintf(w, "the policy is well: %d topics, %s\n", len(policy.Topics()), policy.Hash()[:12])
			})
		}}
}

func (p *program) policyDiffCommand() *cobra.Command {
	return &cobra.Command{Use: "diff FILE [FILE]", Short: "Show what a policy file changes: against the one in use, or against another file",
		Long: "Show what a policy file changes: against the one in use, or against another file.\n" +
			"Files that end in .jsonl are rows as for policy fit: one is compared with those fitted to.",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			files := append([]string{""}, args...)
			files = files[len(files)-2:]
			changes, err := p.policyChanges(files[0], files[1])
			if err != nil {
				return err
			}
			return table(p, changes, []string{"change", "where", "from", "to"}, func(c fallback.Change) []string {
				if p.format != "table" {
					return []string{c.Change, c.Where, c.From, c.To}
				}
				return []string{c.Change, c.Where, shorten(c.From, 80), shorten(c.To, 80)}
			})
		}}
}

// policyChanges compares two files; the first may be "", what is in use.
func (p *program) policyChanges(from, to string) ([]fallback.Change, error) {
	if isRows(to) != isRows(from) && from != "" {
		return nil, usageError{errors.New("rows are compared with rows, and a policy with a policy")}
	}
	if !isRows(to) {
		a, err := p.policySource(from)
		if err != nil {
			return nil, err
		}
		b, err := p.policySource(to)
		if err != nil {
			return nil, err
		}
		return fallback.Diff(a, b)
	}
	var before []fallback.Example
	if from != "" {
		rows, err := p.labelled([]string{from})
		if err != nil {
			return nil, err
		}
		before = rows
	} else {
		c, err := p.config()
		if err != nil {
			return nil, err
		}
		fitted, err := readFitted(c)
		if err != nil {
			return nil, err
		}
		before = fitted.Rows
	}
	after, err := p.labelled([]string{to})
	return fallback.DiffExamples(before, after), err
}

func isRows(path string) bool { return strings.HasSuffix(path, ".jsonl") }

func (p *program) policyTestCommand() *cobra.Command {
	var evidence evidenceFlags
	var html string
	var pii bool
	cmd := &cobra.Command{Use: "test FILE", Short: "Measure the scope model on JSONL rows {\"text\",\"label\"}, where oos is out of scope",
		Long: "Measure the scope model on JSONL rows {\"text\",\"label\"}, where oos is out of scope; - is the standard input.\n" +
			"-o json prints the summary and the curves, -o jsonl every row with its label and score, which grows with how far out of scope it is.\n" +
			"With --evidence: measure the evidence model on rows {\"question\",\"answerable\",\"lang\"?} asked of the current snapshot, or on\n" +
			"--docs, --queries and --qrels, where the documents of a part of the questions are left out in turn.\n" +
			"With --pii: measure what is masked, on rows {\"text\",\"spans\":[{\"type\",\"start\",\"end\",\"value\"}]} with offsets in code points;\n" +
			"-o jsonl prints every row with the spans that are found.",
		Args: func(cmd *cobra.Command, args []string) error {
			if evidence.on {
				return nil
			}
			return cobra.ExactArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if pii {
				return p.testPII(args[0])
			}
			if !evidence.on {
				return p.testScope(args, html)
			}
			if html != "" {
				return usageError{errors.New("--html is of the scope model; it does not go with --evidence")}
			}
			c, err := p.config()
			if err != nil {
				return err
			}
			return p.testEvidence(cmd.Context(), c, &evidence, args)
		}}
	evidence.add(cmd, false)
	cmd.Flags().StringVar(&html, "html", "", "also write a page with curves and the worst rows to this file")
	cmd.Flags().BoolVar(&pii, "pii", false, "measure what is masked")
	cmd.MarkFlagsMutuallyExclusive("pii", "evidence")
	cmd.MarkFlagsMutuallyExclusive("pii", "html")
	return cmd
}

func (p *program) testScope(args []string, html string) error {
	policy, rows, err := p.judge(args)
	if err != nil {
		return err
	}
	report := scopeSummary{fallback.MeasureScope(rows.masked), rows.ms}
	if html != "" {
		if err := writeFile(html, func(w io.Writer) error {
			return reports.ScopeHTML(w, policy.Hash()[:12], rows.ms, report.ScopeReport, rows.masked)
		}); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	if p.format == "jsonl" || p.format == "csv" {
		return table(p, rows.unmasked(), []string{"label", "predicted", "score", "text"}, func(r fallback.Judged) []string {
			return []string{r.Label, r.Predicted, strconv.FormatFloat(r.Score, 'f', 3, 64), r.Text}
		})
	}
	return p.show(report, report.write)
}

// judgedRows are rows as the model judged them: masked, as messages are.
type judgedRows struct {
	masked []fallback.Judged
	texts  []string // as they were given
	ms     float64  // for one message
}

func (r judgedRows) unmasked() []fallback.Judged {
	out := slices.Clone(r.masked)
	for i := range out {
		out[i].Text = r.texts[i]
	}
	return out
}

// judge has the policy in use judge the rows of files.
func (p *program) judge(paths []string) (*fallback.Policy, judgedRows, error) {
	c, err := p.config()
	if err != nil {
		return nil, judgedRows{}, err
	}
	policy, err := loadPolicy(c)
	if err != nil {
		return nil, judgedRows{}, err
	}
	examples, err := p.labelled(paths)
	if err != nil {
		return nil, judgedRows{}, err
	}
	masker, err := privacy.New(policy.PersonalData()...)
	if err != nil {
		return nil, judgedRows{}, err
	}
	var out judgedRows
	began := time.Now()
	for _, e := range examples {
		masked, _ := masker.Mask(e.Text)
		out.texts = append(out.texts, e.Text)
		out.masked = append(out.masked, policy.Scope().Judge(fallback.Example{Text: string(masked), Label: e.Label}))
	}
	out.ms = float64((time.Since(began) / time.Duration(len(examples))).Microseconds()) / 1000
	return policy, out, nil
}
