package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"switchboard"
	"switchboard/evals/altered"
	"switchboard/kb"
	"switchboard/kb/ingest"
)

// guardFlags are those of eval guards.
type guardFlags struct {
	docs                []string
	attribution, markup string
	wrong               bool
	recall, falseStops  float64
	options             altered.Options
}

func (p *program) evalGuardsCommand() *cobra.Command {
	var f guardFlags
	cmd := &cobra.Command{Use: "guards", Short: "Alter facts in true sentences and count what the guards let out; exit 5 when it is too much",
		Args: cobra.NoArgs,
		Example: "  switchboard eval guards\n  switchboard eval guards --docs documents.jsonl --wrong\n" +
			"  switchboard eval guards --attribution faithfulness.jsonl --markup xss.jsonl",
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case f.attribution != "":
				return p.attribution(f.attribution)
			case f.markup != "":
				return p.markup(f.markup, f.wrong)
			}
			return p.guards(cmd.Context(), f)
		}}
	cmd.Flags().StringArrayVar(&f.docs, "docs", nil, "documents to take sentences from (a file or folder that kb import reads); default: the knowledge base in use")
	cmd.Flags().Uint64Var(&f.options.Seed, "seed", 1, "what the alterations follow from")
	cmd.Flags().IntVar(&f.options.Most, "most", 0, "take so many sentences at most; 0 takes all")
	cmd.Flags().BoolVar(&f.wrong, "wrong", false, "list the sentences on which the guards erred, as JSONL on stderr")
	cmd.Flags().Float64Var(&f.recall, "recall", 0.99, "least share of altered sentences that must be stopped")
	cmd.Flags().Float64Var(&f.falseStops, "false-stops", 0.02, "largest share of true sentences that may be stopped")
	cmd.Flags().StringVar(&f.attribution, "attribution", "", "measure the groundedness score on JSONL rows {\"knowledge\",\"response\",\"begin_label\"} instead")
	cmd.Flags().StringVar(&f.markup, "markup", "", "check JSONL rows {\"text\"} of hostile markup instead")
	return cmd
}

func (p *program) guards(ctx context.Context, f guardFlags) error {
	if f.wrong {
		f.options.Wrong = func(w altered.Wrong) {
			fmt.Fprintf(p.err, "%s (altered: %v, stopped by %q: %s)\n\t%s\n", w.Kind, w.Altered, w.Guard, w.Detail, w.Sentence)
		}
	}
	var r altered.Report
	err := p.withArticles(ctx, f.docs, func(s *kb.Snapshot) (err error) {
		var all []switchboard.Passage
		for _, d := range s.Documents() {
			ps, err := s.Passages(ctx, d.ID)
			if err != nil {
				return err
			}
			all = append(all, ps...)
		}
		r, err = altered.Measure(ctx, s, all, f.options)
		return err
	})
	if err != nil {
		return err
	}
	err = p.show(r, func(w io.Writer) {
		fmt.Fprintf(w, "%d sentences, each with its passage cited and without\n", r.Sentences)
	})
	if p.format == "table" && err == nil {
		err = table(p, r.Rows, []string{"kind", "tried", "stopped", "share"}, func(r altered.Row) []string {
			return []string{r.Kind, strconv.Itoa(r.Tried), strconv.Itoa(r.Stopped), percent(r.Share)}
		})
	}
	if err == nil && (r.Altered.Share < f.recall || r.True.Share > f.falseStops) {
		fmt.Fprintf(p.err, "too much: at least %s of altered and at most %s of true sentences may be stopped\n", percent(f.recall), percent(f.falseStops))
		return silent{exitGate}
	}
	return err
}

func percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 2, 64) + "%" }

// withArticles opens the knowledge base in use, or one of documents, made for the while.
func (p *program) withArticles(ctx context.Context, docs []string, f func(*kb.Snapshot) error) (err error) {
	if len(docs) == 0 {
		return p.withSnapshot(ctx, "", f)
	}
	read, err := ingest.Read(ctx, ingest.Source{Paths: docs}, ingest.Options{})
	if err != nil {
		return err
	}
	if len(read.Documents) == 0 {
		return switchboard.Errorf(switchboard.NotFound, "no document could be read from %v", docs)
	}
	dir, err := os.MkdirTemp("", "switchboard-guards-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	store, err := kb.OpenStore(dir)
	if err != nil {
		return err
	}
	id, err := store.Build(ctx, read.Documents)
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, id)
	if err != nil {
		return err
	}
	return errors.Join(f(s), s.Close(), store.Close())
}

func (p *program) attribution(path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	a, err := altered.ReadAttribution(in)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return p.show(a, func(w io.Writer) {
		fmt.Fprintf(w, "%d responses: AUROC %.4f (by fifths %.4f to %.4f)\n", a.Rows, a.AUROC, a.FifthsLow, a.FifthsHigh)
	})
}

func (p *program) markup(path string, list bool) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	r, err := altered.ReadMarkup(in, func(text string) {
		if list {
			fmt.Fprintf(p.err, "let out: %q\n", text)
		}
	})
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return p.show(r, func(w io.Writer) { fmt.Fprintf(w, "%d of %d stopped\n", r.Stopped, r.Tried) })
}
