package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"switchboard"
	"switchboard/fallback/privacy"
	"switchboard/gateway"
	"switchboard/gateway/ledger"
)

func (p *program) conversationsCommand() *cobra.Command {
	return group("conversations", "Read what customers asked and what they were told",
		p.conversationsListCommand(), p.conversationsShowCommand(), p.conversationsWhyCommand(), p.conversationsExportCommand(), p.conversationsEraseCommand(), p.conversationsExpireCommand())
}

func (p *program) conversationsListCommand() *cobra.Command {
	var f ledger.Filter
	var action, reason string
	var since time.Duration
	cmd := &cobra.Command{Use: "list", Short: "List conversations, latest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.Action, f.Reason = switchboard.Action(action), switchboard.Reason(reason)
			if since > 0 {
				f.Since = time.Now().Add(-since)
			}
			return p.withLedger(cmd.Context(), func(l *ledger.Ledger) error {
				found, _, err := l.Conversations(cmd.Context(), f)
				if err != nil {
					return err
				}
				header := []string{"conversation", "opened", "turns", "last action", "reason", "last question", "handoff", "rated"}
				return table(p, found, header, func(s ledger.Summary) []string {
					ref := ""
					if s.Handoff != nil {
						ref = s.Handoff.Reference
					}
					return []string{
						s.ID, when(s.CreatedAt), strconv.Itoa(s.Turns), string(s.LastAction), string(s.LastReason),
						shorten(string(s.LastQuestion), 60), ref, rated(s),
					}
				})
			})
		}}
	cmd.Flags().StringVar(&action, "action", "", "only with a turn of this action")
	cmd.Flags().StringVar(&reason, "reason", "", "only with a turn of this reason")
	cmd.Flags().DurationVar(&since, "since", 0, "only those opened so long ago at most, such as 24h")
	cmd.Flags().IntVar(&f.Limit, "limit", 50, "how many at most")
	return cmd
}

func rated(s ledger.Summary) string {
	out := ""
	if s.Ups > 0 {
		out += fmt.Sprintf("+%d ", s.Ups)
	}
	if s.Downs > 0 {
		out += fmt.Sprintf("-%d ", s.Downs)
	}
	if s.CSAT > 0 {
		out += fmt.Sprintf("%d/5", s.CSAT)
	}
	return out
}

func shorten(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

func (p *program) conversationsShowCommand() *cobra.Command {
	return &cobra.Command{Use: "show ID", Short: "Show a conversation: what was asked, found and said, and why", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withTranscript(cmd, args[0], func(c switchboard.Conversation) error {
				return p.show(c, func(w io.Writer) { p.conversation(w, c) })
			})
		}}
}

func (p *program) conversationsWhyCommand() *cobra.Command {
	return &cobra.Command{Use: "why MESSAGE", Short: "Explain a reply from its record: what was found, checked and held back", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withLedger(cmd.Context(), func(l *ledger.Ledger) error {
				conversation, err := l.ConversationOf(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				why, err := gateway.Explain(cmd.Context(), l, conversation, args[0], true)
				if err != nil {
					return err
				}
				return p.show(why, func(w io.Writer) { p.why(w, why) })
			})
		}}
}

func (p *program) why(w io.Writer, why gateway.Why) {
	fmt.Fprintf(w, "%s %s\n%s (%s)\n\n", p.bold("Customer:"), why.Question, why.Action, why.Reason)
	for _, s := range why.Explanation {
		fmt.Fprintf(w, "- %s\n", s)
	}
	r := why.Record
	for _, s := range r.Said {
		fmt.Fprintf(w, "\nsaid:    %s\n         passages %v, grounded %.2f\n", s.Sentence, s.Passages, s.Grounded)
	}
	for _, s := range r.Stops {
		fmt.Fprintf(w, "\nstopped: %s\n         by %s: %s\n", s.Sentence, s.Guard, s.Detail)
	}
	fmt.Fprintln(w)
	for _, x := range r.Passages {
		fmt.Fprintf(w, "found %d: %s %s (%.2f, covers %.0f %%)\n", x.N, x.PassageID, x.Title, x.Score, x.Coverage*100)
	}
	fmt.Fprintf(w, "release %s: snapshot %s, policy %s; prompt %s, model %s; %.1f ms, $%.6f\n", r.Release.ID, orDash(r.Release.Snapshot),
		orDash(r.Release.Policy), orDash(r.Prompt), orDash(r.Model), r.Latency.Total, r.Usage.CostUSD)
	fmt.Fprintf(w, "told:    %s\n", orDash(why.Disclosure))
}

func (p *program) withTranscript(cmd *cobra.Command, id string, f func(switchboard.Conversation) error) error {
	return p.withLedger(cmd.Context(), func(l *ledger.Ledger) error {
		c, err := l.Transcript(cmd.Context(), id)
		if err != nil {
			return err
		}
		return f(c)
	})
}

func (p *program) conversation(w io.Writer, c switchboard.Conversation) {
	fmt.Fprintf(w, "%s  opened %s  locale %s\n", p.bold(c.ID), when(c.CreatedAt), c.Locale)
	if c.Disclosure != "" {
		fmt.Fprintf(w, "Told: %s\n", c.Disclosure)
	}
	for _, t := range c.Turns {
		a := t.Answer
		fmt.Fprintf(w, "\n%s %s\n", p.bold("Customer:"), t.Question)
		fmt.Fprintf(w, "%s %s\n", p.bold("Reply:"), a.Text)
		for _, cite := range a.Citations {
			fmt.Fprintf(w, "  [%d] %s %s\n", cite.N, cite.Title, cite.URL)
		}
		fmt.Fprintf(w, "  %s (%s)  %s  prompt %s  model %s\n", a.Action, a.Reason, a.Release, orDash(a.Prompt), orDash(a.Model))
		fmt.Fprintf(w, "  %.1f ms in all, first sentence %.1f, search %.1f, model %.1f, verification %.1f;  %d + %d tokens, $%.6f\n",
			a.Latency.Total, a.Latency.FirstSentence, a.Latency.Retrieve, a.Latency.Model, a.Latency.Verify,
			a.Usage.InputTokens, a.Usage.OutputTokens, a.Usage.CostUSD)
		for _, s := range t.Stops {
			fmt.Fprintf(w, "  stopped by %s: %s: “%s”\n", s.Guard, s.Detail, s.Sentence)
		}
		for _, x := range t.Attempts {
			fmt.Fprintf(w, "  asked %s: %s in %s\n", x.Model, x.Outcome, x.Total.Round(time.Millisecond))
		}
		for i, found := range t.Passages {
			fmt.Fprintf(w, "  found %d: %s (%.2f, covers %.0f %%) %s\n", i+1, found.ID, found.Score, found.Coverage*100, shorten(found.Text, 70))
		}
	}
	if c.Handoff != nil {
		fmt.Fprintf(w, "\nHandoff %s: %s\n", c.Handoff.Reference, c.Handoff.State)
	}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func (p *program) conversationsExportCommand() *cobra.Command {
	var contact string
	cmd := &cobra.Command{Use: "export [ID]", Short: "Print all that is kept of a conversation, as JSON", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && contact == "" {
				return usageError{errors.New("name a conversation, or a contact that was given for a handoff")}
			}
			return p.withLedger(cmd.Context(), func(l *ledger.Ledger) error {
				found, err := exported(cmd.Context(), l, args, contact)
				if err != nil {
					return err
				}
				for i := range found {
					found[i].Hidden = privacy.Hidden(found[i])
				}
				if contact == "" {
					return p.json(found[0])
				}
				return p.json(found)
			})
		}}
	cmd.Flags().StringVar(&contact, "contact", "", "all conversations in which this contact was given for a handoff")
	return cmd
}

func (p *program) conversationsEraseCommand() *cobra.Command {
	return &cobra.Command{Use: "erase ID", Short: "Erase a conversation and print the receipt", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withLedger(cmd.Context(), func(l *ledger.Ledger) error {
				cases, err := l.GapCasesOf(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				r, err := l.Erase(cmd.Context(), args[0])
				for _, c := range cases { // files are nothing that an erasure can reach by itself
					if c.Suite != "" && err == nil {
						err = dropCase(c.Suite, c.MessageID)
						fmt.Fprintf(p.err, "%s: the eval case of %s is taken out\n", c.Suite, c.MessageID)
					}
				}
				if err == nil {
					err = l.Audit(cmd.Context(), audited("conversations.erase", args[0]))
				}
				if err != nil {
					return err
				}
				return p.show(r, func(w io.Writer) {
					fmt.Fprintf(w, "%s erased at %s\n", r.ConversationID, r.ErasedAt.Format(time.RFC3339))
					for _, where := range slices.Sorted(maps.Keys(r.Deleted)) {
						fmt.Fprintf(w, "  %d %s\n", r.Deleted[where], where)
					}
				})
			})
		}}
}
