package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"switchboard"
	"switchboard/fallback"
	"switchboard/fallback/privacy"
	"switchboard/kb"
)

// fittedPath is where `policy fit` keeps its examples: with the policy they make up the policy's hash, and so the
// release.
func fittedPath(c *config) string { return filepath.Join(c.DataDir, "policy", "fitted.jsonl") }

// modelPath is where the model trained from them is kept, lest every load trains it. What it does not fit is overwritten.
func modelPath(c *config) string { return filepath.Join(c.DataDir, "policy", "model.bin") }

// aloneMark is the first line of a fitted file whose rows are learned from without the policy's own examples.
const aloneMark = `{"alone":true}` + "\n"

// readFitted reads what the policy in use is fitted to: nothing where there is no file.
func readFitted(c *config) (fallback.Fitted, error) {
	data, err := os.ReadFile(fittedPath(c))
	if errors.Is(err, fs.ErrNotExist) {
		return fallback.Fitted{}, nil
	}
	if err != nil {
		return fallback.Fitted{}, err
	}
	rows, alone := bytes.CutPrefix(data, []byte(aloneMark))
	examples, err := decodeLabelled(fittedPath(c), bytes.NewReader(rows))
	return fallback.Fitted{Rows: examples, Alone: alone}, err
}

func writeFitted(c *config, fitted fallback.Fitted) error {
	var kept bytes.Buffer
	if fitted.Alone {
		kept.WriteString(aloneMark)
	}
	enc := json.NewEncoder(&kept)
	for _, e := range fitted.Rows {
		if err := enc.Encode(e); err != nil {
			return err
		}
	}
	return kb.ReplaceFile(fittedPath(c), kept.Bytes())
}

// trained is the kept model of examples, or else one trained now, and kept if that can be.
func trained(c *config, examples []fallback.Example) *fallback.ScopeModel {
	if data, err := os.ReadFile(modelPath(c)); err == nil {
		if m, err := fallback.DecodeScope(data, examples); err == nil {
			return m
		}
	}
	m := fallback.FitScope(examples)
	if err := kb.ReplaceFile(modelPath(c), m.Encode(examples)); err != nil {
		slog.Warn("the trained scope model could not be kept; it is trained at every start", "error", err)
	}
	return m
}

// loadPolicy loads the policy in use with the examples that it was fitted to.
func loadPolicy(c *config) (*fallback.Policy, error) {
	fitted, err := readFitted(c)
	if err != nil {
		return nil, err
	}
	evidence, err := readEvidence(c)
	if err != nil {
		return nil, err
	}
	if c.Policy == "" && len(fitted.Rows) == 0 && evidence == nil && c.Embed.BaseURL == "" { // what is shared must not learn meaning
		return fallback.Default(), nil
	}
	data := fallback.DefaultYAML()
	if c.Policy != "" {
		if data, err = os.ReadFile(c.Policy); err != nil {
			return nil, fmt.Errorf("read policy: %w", err)
		}
	}
	policy, err := fallback.LoadFitted(data, fitted, func(examples []fallback.Example) *fallback.ScopeModel { return trained(c, examples) })
	if err != nil && c.Policy != "" {
		return nil, fmt.Errorf("%s: %w", c.Policy, err)
	}
	if err == nil && evidence != nil {
		err = policy.UseEvidence(*evidence)
	}
	return policy, err
}

func (p *program) policyFitCommand() *cobra.Command {
	var reset, alone bool
	var evidence evidenceFlags
	cmd := &cobra.Command{Use: "fit FILE…", Short: "Train the scope model on JSONL rows {\"text\",\"label\"}, where oos is out of scope",
		Long: "Train the scope model on JSONL rows {\"text\",\"label\"}, where oos is out of scope; - is the standard input.\n" +
			"Where most labels are topics of the policy, its own examples are learned from too, but for --alone. What is printed was measured\n" +
			"on examples held back. The rows are kept in data_dir, personal data masked, and are part of the release; a running server takes\n" +
			"them up. --reset goes back to the policy's own examples.\n" +
			"With --evidence: learn from rows {\"question\",\"answerable\",\"lang\"?}, asked of the current snapshot, how the evidence's\n" +
			"signs count. Only weights are kept, and no question.",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := p.config()
			if err != nil {
				return err
			}
			if evidence.on {
				return p.fitEvidence(cmd.Context(), c, &evidence, args, reset)
			}
			if reset {
				return p.unfit(c, args)
			}
			if len(args) == 0 {
				return usageError{errors.New("name the files to fit to, - for the standard input")}
			}
			return p.fit(c, args, alone)
		}}
	cmd.Flags().BoolVar(&alone, "alone", false, "learn from nothing but these rows")
	cmd.Flags().BoolVar(&reset, "reset", false, "go back to the policy's own examples; with --evidence, to the shipped weights")
	evidence.add(cmd, true)
	return cmd
}

func (p *program) unfit(c *config, args []string) error {
	if len(args) > 0 {
		return usageError{errors.New("--reset takes no files")}
	}
	for _, path := range []string{fittedPath(c), modelPath(c)} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	fmt.Fprintln(p.err, "the scope model is trained from the policy's own examples again")
	return nil
}

func (p *program) fit(c *config, args []string, alone bool) error {
	rows, err := p.labelled(args)
	if err != nil {
		return err
	}
	data, err := p.policySource("")
	if err != nil {
		return err
	}
	if err := p.maskRows(data, rows); err != nil {
		return err
	}
	if rows, err = p.fitting(rows); err != nil {
		return err
	}
	fitted := fallback.Fitted{Rows: rows, Alone: alone}
	examples, own, err := fallback.Training(data, fitted)
	if err != nil {
		return err
	}
	if own > 0 {
		fmt.Fprintf(p.err, "%d of the policy's own examples are learned from too; --alone leaves them out\n", own)
	}
	model, judged := fallback.FitScopeJudged(examples)
	if err := os.MkdirAll(filepath.Dir(fittedPath(c)), 0o700); err != nil {
		return err
	}
	// The model first: a running server looks for it when it sees the rows.
	if err := kb.ReplaceFile(modelPath(c), model.Encode(examples)); err != nil {
		return fmt.Errorf("keep the model: %w", err)
	}
	if err := writeFitted(c, fitted); err != nil {
		return fmt.Errorf("keep the fitted examples: %w", err)
	}
	report := scopeSummary{ScopeReport: fallback.MeasureScope(judged)}
	return p.show(report, func(w io.Writer) {
		fmt.Fprintf(w, "fitted to %d examples; measured on examples held back\n", len(rows))
		report.write(w)
	})
}

// maskRows masks personal data in rows, as the messages that a model judges are masked.
func (p *program) maskRows(policy []byte, rows []fallback.Example) error {
	loaded, err := fallback.Load(policy)
	if err != nil {
		return err
	}
	masker, err := privacy.New(loaded.PersonalData()...)
	if err != nil {
		return err
	}
	masked := 0
	for i, e := range rows {
		if text, _ := masker.Mask(e.Text); string(text) != e.Text {
			rows[i].Text = string(text)
			masked++
		}
	}
	if masked > 0 {
		fmt.Fprintf(p.err, "personal data was masked in %d of %d rows\n", masked, len(rows))
	}
	return nil
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
	return decodeRows(name, in, `{"text":…,"label":…}`, func(e fallback.Example) string {
		if e.Label == "" || strings.ContainsRune(e.Label, 0) {
			return ""
		}
		return e.Text
	})
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
