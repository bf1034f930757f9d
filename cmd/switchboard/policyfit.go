package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"switchboard"
	"switchboard/fallback"
	"switchboard/kb"
)

// fittedPath is where `policy fit` keeps its examples: with the policy they make up the policy's hash, and so the
// release. The model is trained from them whenever the policy is loaded.
func fittedPath(c *config) string { return filepath.Join(c.DataDir, "policy", "fitted.jsonl") }

// loadPolicy loads the policy in use with the examples that it was fitted to.
func loadPolicy(c *config) (*fallback.Policy, error) {
	fitted, err := readLabelled(fittedPath(c))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if c.Policy == "" && len(fitted) == 0 {
		return fallback.Default(), nil
	}
	data := fallback.DefaultYAML()
	if c.Policy != "" {
		if data, err = os.ReadFile(c.Policy); err != nil {
			return nil, fmt.Errorf("read policy: %w", err)
		}
	}
	policy, err := fallback.LoadFitted(data, fitted)
	if err != nil && c.Policy != "" {
		return nil, fmt.Errorf("%s: %w", c.Policy, err)
	}
	return policy, err
}

func (p *program) policyFitCommand() *cobra.Command {
	var reset bool
	cmd := &cobra.Command{Use: "fit FILE…", Short: "Train the scope model on JSONL rows {\"text\",\"label\"}, where oos is out of scope",
		Long: "Train the scope model on JSONL rows {\"text\",\"label\"}, where oos is out of scope, in place of the policy's own examples;\n" +
			"- is the standard input. What is printed was measured on examples held back. The rows are kept in data_dir and are part\n" +
			"of the release; a running server takes them up. --reset goes back to the policy's own examples.",
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := p.config()
			if err != nil {
				return err
			}
			if reset {
				return p.unfit(c, args)
			}
			if len(args) == 0 {
				return usageError{errors.New("name the files to fit to, - for the standard input")}
			}
			return p.fit(c, args)
		}}
	cmd.Flags().BoolVar(&reset, "reset", false, "go back to the policy's own examples")
	return cmd
}

func (p *program) unfit(c *config, args []string) error {
	if len(args) > 0 {
		return usageError{errors.New("--reset takes no files")}
	}
	if err := os.Remove(fittedPath(c)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	fmt.Fprintln(p.err, "the scope model is trained from the policy's own examples again")
	return nil
}

func (p *program) fit(c *config, args []string) error {
	examples, err := p.labelled(args)
	if err != nil {
		return err
	}
	examples, err = p.fitting(examples)
	if err != nil {
		return err
	}
	_, judged := fallback.FitScopeJudged(examples)
	var kept bytes.Buffer
	enc := json.NewEncoder(&kept)
	for _, e := range examples {
		if err := enc.Encode(e); err != nil {
			return err
		}
	}
	path := fittedPath(c)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := kb.ReplaceFile(path, kept.Bytes()); err != nil {
		return fmt.Errorf("keep the fitted examples: %w", err)
	}
	report := scopeSummary{ScopeReport: fallback.MeasureScope(judged)}
	return p.show(report, func(w io.Writer) {
		fmt.Fprintf(w, "fitted to %d examples; measured on examples held back\n", len(examples))
		report.write(w)
	})
}

// fitting leaves out repeated rows, warns of texts with several labels, and refuses what cannot be learnt from.
func (p *program) fitting(examples []fallback.Example) ([]fallback.Example, error) {
	labels := map[string]string{}
	inside := map[string]bool{}
	out := examples[:0]
	conflicts := 0
	for _, e := range examples {
		key := strings.ToLower(strings.Join(strings.Fields(e.Text), " "))
		was, seen := labels[key]
		if seen && was == e.Label {
			continue
		}
		if seen {
			conflicts++
			if conflicts <= 10 {
				fmt.Fprintf(p.err, "warning: %q is labelled both %s and %s\n", shorten(e.Text, 80), was, e.Label)
			}
		}
		labels[key] = e.Label
		if e.Label != fallback.OutOfScope {
			inside[e.Label] = true
		}
		out = append(out, e)
	}
	if conflicts > 10 {
		fmt.Fprintf(p.err, "warning: and %d more texts with several labels\n", conflicts-10)
	}
	if len(inside) == 0 {
		return nil, errors.New("every row is labelled oos: there is nothing in scope to learn")
	}
	if len(inside) == 1 && len(inside) == len(labels) {
		return nil, errors.New("one example is too few to learn from")
	}
	if len(inside) == 1 {
		fmt.Fprintln(p.err, "warning: there is a single label; only its scope can be learnt")
	}
	return out, nil
}

// labelled reads JSONL rows of files; - is the standard input. There is at least one row.
func (p *program) labelled(paths []string) ([]fallback.Example, error) {
	var all []fallback.Example
	for _, path := range paths {
		var rows []fallback.Example
		var err error
		if path == "-" {
			rows, err = decodeLabelled("standard input", p.in)
		} else {
			rows, err = readLabelled(path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil, switchboard.Errorf(switchboard.NotFound, "there is no %s", path)
		}
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			return nil, fmt.Errorf("%s has no rows", path)
		}
		all = append(all, rows...)
	}
	return all, nil
}

func readLabelled(path string) ([]fallback.Example, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return decodeLabelled(path, f)
}

func decodeLabelled(name string, in io.Reader) ([]fallback.Example, error) {
	var rows []fallback.Example
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	n := 1
	for ; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var e fallback.Example
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil || strings.TrimSpace(e.Text) == "" || e.Label == "" {
			return nil, fmt.Errorf("%s:%d: want {\"text\":…,\"label\":…}", name, n)
		}
		rows = append(rows, e)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", name, n, err)
	}
	return rows, nil
}

// scopeSummary is what `policy fit` and `policy test` print.
type scopeSummary struct {
	fallback.ScopeReport
	Milliseconds float64 `json:"ms_per_message,omitempty"`
}

func (s scopeSummary) write(w io.Writer) {
	line := func(name string, v *float64) {
		if v == nil {
			fmt.Fprintf(w, "%-34s -\n", name)
			return
		}
		fmt.Fprintf(w, "%-34s %.4f\n", name, *v)
	}
	fmt.Fprintf(w, "%-34s %d in scope, %d out\n", "messages", s.InScope, s.OutOfScope)
	line("in-scope accuracy", s.Accuracy)
	line("in scope, answered and right", s.Answered)
	line("out of scope: recall", s.Recall)
	line("out of scope: precision", s.Precision)
	line("out of scope: F1", s.F1)
	line("out of scope: recall at 95 % kept", s.RecallAt95)
	line("AUROC", s.AUROC)
	line("AUPR", s.AUPR)
	line("Brier score", s.Brier)
	line("calibration error (ECE)", s.ECE)
	line("area under risk and coverage", s.AURC)
	if s.Milliseconds > 0 {
		fmt.Fprintf(w, "%-34s %.3f\n", "ms a message", s.Milliseconds)
	}
	for i := riskEvery - 1; i < len(s.Curve); i += riskEvery {
		fmt.Fprintf(w, "  answering %3.0f %%: %4.1f %% wrong\n", 100*s.Curve[i].Coverage, 100*s.Curve[i].Risk)
	}
}

// riskEvery is which points of the curve are printed: every tenth part of the messages.
const riskEvery = 5
