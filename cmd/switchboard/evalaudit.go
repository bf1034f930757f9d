package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"switchboard/evals"
	"switchboard/evals/audit"
)

func (p *program) evalAuditCommand() *cobra.Command {
	var f evalFlags
	var o audit.Options
	var html string
	cmd := &cobra.Command{Use: "audit [SUITE]", Short: "Ask a suite again under other names, in other dialects, spellings and manners; exit 5 when the bot acts otherwise too often",
		Args: cobra.MaximumNArgs(1),
		Example: "  switchboard eval audit\n  switchboard eval audit suite.yaml --family spelling --html audit.html\n" +
			"  switchboard eval audit suite.yaml --url https://chat.example.com --key-env SWITCHBOARD_KEY",
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := p.audit(cmd.Context(), args, f, o)
			if err != nil {
				return err
			}
			if html != "" {
				if err := writeFile(html, func(w io.Writer) error { return audit.HTML(w, r) }); err != nil {
					return fmt.Errorf("write report: %w", err)
				}
			}
			if err := p.showAudit(r); err != nil {
				return err
			}
			if !r.Passed {
				return silent{exitGate}
			}
			return nil
		}}
	cmd.Flags().StringVar(&f.url, "url", "", "ask a running gateway instead of one in this process")
	cmd.Flags().StringVar(&f.keyEnv, "key-env", "", "the environment variable that holds the gateway's key")
	cmd.Flags().IntVar(&f.options.Concurrency, "concurrency", 4, "conversations at a time")
	cmd.Flags().StringVar(&html, "html", "", "also write a page to this file")
	cmd.Flags().Uint64Var(&o.Seed, "seed", 1, "what the forms and the intervals follow from")
	cmd.Flags().StringSliceVar(&o.Families, "family", nil, "only these families of forms: "+strings.Join(audit.Families, ", "))
	cmd.Flags().Float64Var(&o.MaxActionChange, "max-action-change", 0.05, "the share of a form's questions that may get another action; more, beyond chance, fails")
	cmd.Flags().IntVar(&o.Worst, "worst", 3, "examples to list for each form")
	return cmd
}

func (p *program) audit(ctx context.Context, args []string, f evalFlags, o audit.Options) (audit.Report, error) {
	switch p.format {
	case "table", "json", "jsonl", "csv":
	default:
		return audit.Report{}, usageError{fmt.Errorf("-o %s is not known here; use table, json, jsonl or csv", p.format)}
	}
	if err := o.Check(); err != nil {
		return audit.Report{}, usageError{err}
	}
	suite, err := loadSuite(args)
	if err != nil {
		return audit.Report{}, err
	}
	f.showProgress = isTerminal(p.err)
	suite.Gate = evals.Gate{}
	run, err := p.runSuite(ctx, audit.Expand(suite, o), f)
	if err != nil {
		return audit.Report{}, err
	}
	return audit.Compare(run, o), nil
}

func (p *program) showAudit(r audit.Report) error {
	if p.format == "json" {
		return p.json(r)
	}
	if err := table(p, r.Rows, audit.Header, audit.Comparison.Cells); err != nil || p.format != "table" {
		return err
	}
	for _, c := range r.Rows {
		for _, e := range c.Worst {
			lost := ""
			if e.Lost {
				lost = ", was right before"
			}
			fmt.Fprintf(p.out, "\n%s: %s → %s (%s%s)\n  %s\n  %s\n", c.Form, e.Action, e.InsteadAction, e.Reason, lost, e.Asked, e.Instead)
		}
	}
	verdict := "no form is beyond the limit"
	if !r.Passed {
		verdict = "beyond the limit"
	}
	_, err := fmt.Fprintf(p.out, "\n%d questions asked %d times, seed %d, 95%% intervals, differences in points; p corrected for %d comparisons; at most %g%% may change: %s\n",
		r.Questions, r.Asked, r.Seed, len(r.Rows), 100*r.MaxActionChange, verdict)
	return err
}
