package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"switchboard"
	"switchboard/gateway"
)

func (p *program) askCommand() *cobra.Command {
	var o gateway.Opening
	cmd := &cobra.Command{Use: "ask QUESTION", Short: "Ask one question in the terminal", Args: cobra.MinimumNArgs(1),
		Example: `  switchboard ask "How much is roaming in Switzerland?"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			question := strings.TrimSpace(strings.Join(args, " "))
			if question == "" {
				return usageError{fmt.Errorf("the question is empty")}
			}
			return p.withParts(cmd.Context(), func(w *parts) error {
				conversation := w.gateway.NewConversation(o)
				emit := func(e switchboard.Event) error {
					if p.format == "table" && e.Kind == switchboard.EventSentence {
						fmt.Fprint(p.out, e.Text)
					}
					return nil
				}
				a, err := w.gateway.Respond(cmd.Context(), switchboard.Turn{Opens: &conversation, Text: question}, emit)
				if err != nil {
					return err
				}
				return p.show(a, func(out io.Writer) {
					fmt.Fprintln(out)
					for _, c := range a.Citations {
						fmt.Fprintf(out, "\n[%d] %s  %s", c.N, p.bold(c.Title), c.URL)
					}
					fmt.Fprintf(p.err, "\n%s (%s)  %s  %.1f ms\n", a.Action, a.Reason, a.Release, a.Latency.Total)
				})
			})
		}}
	cmd.Flags().StringVar(&o.Locale, "lang", "", "the customer's language, such as es")
	cmd.Flags().StringSliceVar(&o.Audiences, "audience", nil, "whose documents may answer (default public)")
	return cmd
}
