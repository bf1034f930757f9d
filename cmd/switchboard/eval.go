package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"switchboard"
	"switchboard/evals"
	"switchboard/evals/report"
	"switchboard/evals/suites"
	"switchboard/fallback/handoff"
	"switchboard/gateway"
	"switchboard/gateway/ledger"
	"switchboard/gateway/session"
)

// evalFlags are those of eval run.
type evalFlags struct {
	url, keyEnv           string
	junit, html, json     string
	options               evals.Options
	verbose, showProgress bool
}

func (p *program) evalCommand() *cobra.Command {
	return group("eval", "Ask a suite of questions and judge the answers", p.evalRunCommand(), p.evalGuardsCommand(), p.evalAttackCommand(), p.evalAuditCommand())
}

func (p *program) evalRunCommand() *cobra.Command {
	var f evalFlags
	cmd := &cobra.Command{Use: "run [SUITE]", Short: "Run a suite (default: the one over the demo knowledge base); exit 5 when its gate fails",
		Args: cobra.MaximumNArgs(1),
		Example: "  switchboard eval run\n  switchboard eval run suite.yaml --junit out.xml --html out.html\n" +
			"  switchboard eval run suite.yaml --url https://chat.example.com --key-env SWITCHBOARD_KEY",
		RunE: func(cmd *cobra.Command, args []string) error {
			suite, err := loadSuite(args)
			if err != nil {
				return err
			}
			f.showProgress = isTerminal(p.err)
			r, err := p.runSuite(cmd.Context(), suite, f)
			if err != nil {
				return err
			}
			if err := p.writeReports(r, f); err != nil {
				return err
			}
			if !r.Passed {
				return silent{exitGate}
			}
			return nil
		}}
	cmd.Flags().StringVar(&f.url, "url", "", "ask a running gateway instead of one in this process")
	cmd.Flags().StringVar(&f.keyEnv, "key-env", "", "the environment variable that holds the gateway's key")
	cmd.Flags().StringVar(&f.junit, "junit", "", "also write JUnit XML to this file")
	cmd.Flags().StringVar(&f.html, "html", "", "also write a page to this file")
	cmd.Flags().StringVar(&f.json, "json", "", "also write promptfoo-style JSON to this file")
	cmd.Flags().IntVar(&f.options.Concurrency, "concurrency", 4, "conversations at a time")
	cmd.Flags().IntVar(&f.options.Repeat, "repeat", 1, "times that each case is asked")
	cmd.Flags().BoolVar(&f.options.AllowUnsupported, "allow-unsupported", false, "pass although some assertions cannot be decided")
	cmd.Flags().BoolVar(&f.verbose, "all", false, "list the cases that passed too")
	return cmd
}

func loadSuite(args []string) (evals.Suite, error) {
	if len(args) == 0 {
		return evals.Load(suites.Files, suites.Demo)
	}
	dir, name := filepath.Split(args[0])
	if dir == "" {
		dir = "."
	}
	if _, err := os.Stat(args[0]); err != nil {
		return evals.Suite{}, switchboard.Errorf(switchboard.NotFound, "there is no suite %s", args[0])
	}
	return evals.Load(os.DirFS(dir), name)
}

func (p *program) runSuite(ctx context.Context, s evals.Suite, f evalFlags) (evals.Report, error) {
	if f.showProgress {
		f.options.Progress = func(done, total int, _ evals.Result) { fmt.Fprintf(p.err, "\r%d of %d", done, total) }
		defer fmt.Fprintln(p.err)
	}
	if f.url != "" {
		if err := get(ctx, strings.TrimSuffix(f.url, "/")+"/healthz"); err != nil {
			return evals.Report{}, err
		}
		target, err := evals.NewOverHTTP(f.url, p.getenv(f.keyEnv), http.DefaultClient)
		if err != nil {
			return evals.Report{}, usageError{err}
		}
		return evals.Run(ctx, s, target, f.options)
	}
	var r evals.Report
	err := p.withParts(ctx, func(w *parts) (err error) {
		r, err = runInProcess(ctx, w, s, f.options)
		return err
	})
	return r, err
}

// runInProcess asks the release in use, with a ledger of its own that is forgotten, and calls no webhook.
func runInProcess(ctx context.Context, w *parts, s evals.Suite, o evals.Options) (evals.Report, error) {
	records, err := ledger.Open(ctx, "sqlite://:memory:", ledger.Options{})
	if err != nil {
		return evals.Report{}, err
	}
	defer records.Close()
	nobody, err := handoff.New(handoff.Config{Outbox: records, Log: w.log})
	if err != nil {
		return evals.Report{}, err
	}
	open := func(now func() time.Time) (evals.Gateway, error) {
		rt := *w.serving
		rt.Close = nil // the parts close it
		return gateway.New(gateway.Config{
			Journal: records, Courier: nobody, Streams: session.NewMemory(now), Meter: w.metrics, Log: w.log, Now: now,
		}, &rt), nil
	}
	return evals.Run(ctx, s, evals.NewInProcess(open, records), o)
}

func (p *program) writeReports(r evals.Report, f evalFlags) error {
	files := []struct {
		path  string
		write func(io.Writer, evals.Report) error
	}{{f.junit, report.JUnit}, {f.html, report.HTML}, {f.json, report.JSON}}
	for _, file := range files {
		if file.path == "" {
			continue
		}
		if err := writeFile(file.path, func(w io.Writer) error { return file.write(w, r) }); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	if p.format == "json" {
		return report.JSON(p.out, r)
	}
	if p.format != "table" {
		return usageError{fmt.Errorf("-o %s is not known here; use table or json", p.format)}
	}
	return report.Table(p.out, r, f.verbose)
}

func writeFile(path string, write func(io.Writer) error) error {
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(out), out.Close())
}
