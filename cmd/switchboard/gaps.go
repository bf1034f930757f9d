package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"switchboard"
	"switchboard/fallback/gaps"
	"switchboard/gateway/ledger"
	"switchboard/kb/library"
)

func (p *program) gapsCommand() *cobra.Command {
	list := p.gapsListCommand()
	cmd := group("gaps", "See what could not be answered, and close it with proof",
		list, p.gapsShowCommand(), p.gapsDraftCommand(), p.gapsCaseCommand(), p.gapsCheckCommand(),
		p.gapsDecideCommand("ignore", "Say why nothing is to be done about a gap", (*gaps.Desk).Ignore),
		p.gapsDecideCommand("reopen", "Take back that a gap is closed, ignored or drafted", (*gaps.Desk).Reopen))
	cmd.RunE = list.RunE // gaps alone lists them
	cmd.Flags().AddFlagSet(list.Flags())
	return cmd
}

// withDesk runs f at a desk that can do all but draft and ask.
func (p *program) withDesk(ctx context.Context, f func(*gaps.Desk, *ledger.Ledger) error) error {
	return p.withLedger(ctx, func(l *ledger.Ledger) error { return f(&gaps.Desk{Journal: l}, l) })
}

func (p *program) gapsListCommand() *cobra.Command {
	var f gaps.Filter
	var since time.Duration
	var cause, state string
	limit := 50
	cmd := &cobra.Command{Use: "list", Short: "List the gaps of the last 90 days, largest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.Cause, f.State = gaps.Cause(cause), switchboard.GapState(state)
			if f.Cause != "" && !slices.Contains(gaps.Causes, f.Cause) {
				return usageError{fmt.Errorf("--cause must be one of %s", joined(gaps.Causes))}
			}
			if f.State != "" && !slices.Contains(switchboard.GapStates, f.State) {
				return usageError{fmt.Errorf("--state must be one of %s", joined(switchboard.GapStates))}
			}
			if since > 0 {
				f.Since = time.Now().Add(-since)
			}
			return p.withDesk(cmd.Context(), func(d *gaps.Desk, _ *ledger.Ledger) error {
				all, err := d.List(cmd.Context(), f)
				if err != nil {
					return err
				}
				header := []string{"gap", "questions", "conversations", "last 7 days", "before", "state", "cause", "topic", "lang", "last seen", "title"}
				return table(p, all[:min(len(all), limit)], header, func(g gaps.Gap) []string {
					return []string{
						g.ID, strconv.Itoa(g.Questions), strconv.Itoa(g.Conversations), strconv.Itoa(g.Trend.Now), strconv.Itoa(g.Trend.Before),
						stateOf(g), causesOf(g), orDash(g.Topic), g.Lang, when(g.LastSeen), shorten(string(g.Title), 70),
					}
				})
			})
		}}
	cmd.Flags().DurationVar(&since, "since", 0, "only what was asked so long ago at most, such as 168h")
	cmd.Flags().StringVar(&cause, "cause", "", "only with questions of this cause: "+joined(gaps.Causes))
	cmd.Flags().StringVar(&f.Topic, "topic", "", "only of this topic of the policy")
	cmd.Flags().StringVar(&state, "state", "", "only in this state: "+joined(switchboard.GapStates))
	cmd.Flags().StringVar(&f.Lang, "lang", "", "only in this language")
	cmd.Flags().IntVar(&limit, "limit", 50, "how many at most")
	return cmd
}

func joined[T ~string](all []T) string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = string(v)
	}
	return strings.Join(out, ", ")
}

func stateOf(g gaps.Gap) string {
	if g.Reopened {
		return string(g.State) + " again"
	}
	return string(g.State)
}

// causesOf are a gap's causes, the commonest first.
func causesOf(g gaps.Gap) string {
	var out []string
	for _, c := range slices.SortedStableFunc(slices.Values(gaps.Causes), func(a, b gaps.Cause) int { return g.Causes[b] - g.Causes[a] }) {
		if n := g.Causes[c]; n > 0 {
			out = append(out, fmt.Sprintf("%s %d", c, n))
		}
	}
	return strings.Join(out, ", ")
}

func (p *program) gapsShowCommand() *cobra.Command {
	return &cobra.Command{Use: "show ID", Short: "Show a gap: what was asked, what came close, and what was done", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withDesk(cmd.Context(), func(d *gaps.Desk, _ *ledger.Ledger) error {
				g, err := d.Gap(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return p.show(g, func(w io.Writer) { p.gap(w, g) })
			})
		}}
}

func (p *program) gap(w io.Writer, g gaps.Gap) {
	fmt.Fprintf(w, "%s  %s\n%s\n\n", p.bold(g.ID), stateOf(g), g.Title)
	fmt.Fprintf(w, "%d questions in %d conversations, from %s to %s; %d in the last 7 days, %d in the 7 before  %s\n",
		g.Questions, g.Conversations, when(g.FirstSeen), when(g.LastSeen), g.Trend.Now, g.Trend.Before, sparkline(g.Trend.Days))
	fmt.Fprintf(w, "why: %s;  topic %s, language %s\n", causesOf(g), orDash(g.Topic), g.Lang)
	if len(g.Guards) > 0 {
		fmt.Fprintf(w, "stopped by: %s\n", strings.Join(g.Guards, ", "))
	}
	if len(g.Missing) > 0 {
		fmt.Fprintf(w, "words that nothing had: %s\n", strings.Join(g.Missing, ", "))
	}
	for _, n := range g.Documents {
		fmt.Fprintf(w, "came close: %s %s (for %d questions, covers %.0f %%)\n", n.ID, n.Title, n.Questions, n.Coverage*100)
	}
	if g.ChangedAt != nil {
		fmt.Fprintf(w, "changed by %s at %s %s\n", g.ChangedBy, when(*g.ChangedAt), g.Why)
	}
	if g.Draft != "" {
		fmt.Fprintf(w, "draft: %s\n", g.Draft)
	}
	if g.Proof != nil {
		fmt.Fprintf(w, "asked again at %s under %s: %d of %d answered\n", when(g.Proof.At), g.Proof.Release, g.Proof.Answered, g.Proof.Asked)
	}
	fmt.Fprintln(w)
	for _, e := range g.Examples {
		fmt.Fprintf(w, "  %s  (%s)\n", e.Question, e.Cause)
		if c := e.Checked; c != nil {
			fmt.Fprintf(w, "    asked again: %s (%s) %s\n", c.Action, c.Reason, strings.Join(c.Documents, ", "))
		}
	}
}

// sparkline draws counts.
func sparkline(counts []int) string {
	const bars = "▁▂▃▄▅▆▇█"
	most := max(1, slices.Max(append([]int{0}, counts...)))
	var b strings.Builder
	for _, n := range counts {
		b.WriteRune([]rune(bars)[n*7/most])
	}
	return b.String()
}

func (p *program) gapsDraftCommand() *cobra.Command {
	var answer string
	cmd := &cobra.Command{Use: "draft ID", Short: "Draft an article for a gap, as part of the candidate that managers review", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := p.readAnswer(answer)
			if err != nil {
				return err
			}
			return p.withDesk(cmd.Context(), func(d *gaps.Desk, l *ledger.Ledger) error {
				return p.withLibrary(func(_ *config, lib *library.Library) error {
					if _, err := p.current(cmd.Context(), lib); err != nil {
						return err
					}
					d.Draft = drafter(func() *library.Library { return lib })
					g, a, candidate, err := d.Write(cmd.Context(), args[0], author(), text)
					if err == nil {
						err = l.Audit(cmd.Context(), audited("gaps.draft", args[0]))
					}
					if err != nil {
						return err
					}
					return p.show(struct {
						Gap       gaps.Gap   `json:"gap"`
						Document  gaps.Draft `json:"document"`
						Candidate string     `json:"candidate"`
					}{g, a, candidate}, func(w io.Writer) {
						fmt.Fprintf(w, "article %s is in candidate %s\n\n# %s\n\n%s\n", a.ID, candidate, a.Title, strings.TrimSpace(a.Body))
					})
				})
			})
		}}
	cmd.Flags().StringVar(&answer, "answer", "", "Markdown file with the answer, - for standard input; without one the article waits for it")
	return cmd
}

// maxAnswer bounds an article that is read.
const maxAnswer = 1 << 20

func (p *program) readAnswer(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	in := p.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return "", switchboard.Errorf(switchboard.NotFound, "there is no file %s", path).Because(err)
		}
		defer f.Close() //nolint:errcheck // only read
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxAnswer+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("read the answer: %w", err)
	case len(b) > maxAnswer:
		return "", usageError{errors.New("the answer is longer than 1 MB")}
	case strings.TrimSpace(string(b)) == "":
		return "", usageError{errors.New("the answer is empty")}
	}
	return string(b), nil
}

func (p *program) gapsCaseCommand() *cobra.Command {
	var suite string
	cmd := &cobra.Command{Use: "case ID", Short: "Make eval cases of a gap's questions, in promptfoo's test format", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withDesk(cmd.Context(), func(d *gaps.Desk, l *ledger.Ledger) error {
				if err := checkSuite(suite); err != nil {
					return err
				}
				noted := suite
				if suite != "" {
					var err error
					if noted, err = filepath.Abs(suite); err != nil { // an erasure may come from another folder
						return fmt.Errorf("find the suite: %w", err)
					}
				}
				cases, err := d.Cases(cmd.Context(), args[0], noted)
				if err == nil {
					err = l.Audit(cmd.Context(), audited("gaps.case", args[0]))
				}
				if err != nil {
					return err
				}
				if suite == "" {
					lines, err := gaps.JSONL(cases)
					if err == nil {
						_, err = p.out.Write(lines)
					}
					return err
				}
				if err := appendCases(suite, cases); err != nil {
					return err
				}
				fmt.Fprintf(p.err, "%d cases added to %s\n", len(cases), suite)
				return nil
			})
		}}
	cmd.Flags().StringVar(&suite, "suite", "", "append to this suite (.jsonl, .yaml, .yml) instead of printing JSON lines")
	return cmd
}

func (p *program) gapsCheckCommand() *cobra.Command {
	var how gaps.Again
	cmd := &cobra.Command{Use: "check ID", Short: "Ask a gap's questions again under the current release; it closes if they are answered, else exit 5",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if how.Most < 1 || how.Most > 50 || how.Share <= 0 || how.Share > 1 {
				return usageError{errors.New("--questions must be from 1 to 50, --share above 0 and at most 1")}
			}
			return p.withParts(cmd.Context(), func(w *parts) error {
				g, err := w.desk().Check(cmd.Context(), args[0], author(), how)
				if err == nil {
					err = w.ledger.Audit(cmd.Context(), audited("gaps.check", args[0]))
				}
				if err == nil {
					err = p.show(g, func(w io.Writer) { p.gap(w, g) })
				}
				if err == nil && g.State != switchboard.GapClosed {
					err = silent{exitGate}
				}
				return err
			})
		}}
	cmd.Flags().IntVar(&how.Most, "questions", 20, "how many to ask at most, the most central first; 1 to 50")
	cmd.Flags().Float64Var(&how.Share, "share", 1, "the share of them that must be answered")
	return cmd
}

// gapsDecideCommand is one that changes a gap's state for a reason.
func (p *program) gapsDecideCommand(
	name, short string, decide func(d *gaps.Desk, ctx context.Context, id, by, why string) (gaps.Gap, error),
) *cobra.Command {
	var why string
	cmd := &cobra.Command{Use: name + " ID --why REASON", Short: short, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(why) == "" {
				return usageError{errors.New("say why with --why")}
			}
			return p.withDesk(cmd.Context(), func(d *gaps.Desk, l *ledger.Ledger) error {
				g, err := decide(d, cmd.Context(), args[0], author(), why)
				if err == nil {
					err = l.Audit(cmd.Context(), audited("gaps."+name, args[0]))
				}
				if err != nil {
					return err
				}
				return p.show(g, func(w io.Writer) { fmt.Fprintf(w, "%s is %s\n", g.ID, g.State) })
			})
		}}
	cmd.Flags().StringVar(&why, "why", "", "the reason, for whoever looks next")
	return cmd
}
