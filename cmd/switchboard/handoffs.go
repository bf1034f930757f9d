package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/spf13/cobra"
	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"switchboard"
	"switchboard/fallback/handoff"
	"switchboard/gateway/ledger"
)

// handoff is the configuration of where handoffs go, with its secrets.
func (c *config) handoff(getenv func(string) string) (h handoff.Config, err error) {
	conf := c.Handoff
	h.Primary = conf.Primary
	h.Retry = handoff.Backoff{First: conf.Retry.First, Most: conf.Retry.Most}
	read := func(what string, wanted bool, env, file string) string {
		if !wanted || err != nil {
			return ""
		}
		s, bad := secret(env, file, getenv)
		if bad != nil {
			err = fmt.Errorf("handoff %s: %w", what, bad)
		}
		return s
	}
	w, z, cw, m, s := conf.Webhook, conf.Zendesk, conf.Chatwoot, conf.Email, conf.Slack
	h.Webhook = handoff.Webhook{URL: w.URL, Secret: read("webhook", w.URL != "", w.SecretEnv, w.SecretFile)}
	h.Zendesk = handoff.Zendesk{URL: z.URL, Email: z.Email, Token: read("zendesk", z.URL != "", z.SecretEnv, z.SecretFile)}
	h.Chatwoot = handoff.Chatwoot{
		URL: cw.URL, Account: cw.Account, Inbox: cw.Inbox, Token: read("chatwoot", cw.URL != "", cw.SecretEnv, cw.SecretFile),
	}
	h.Email = handoff.Email{
		Host: m.Host, Port: m.Port, From: m.From, To: m.To, User: m.User, TLS: m.TLS,
		Password: read("email", m.Host != "" && m.User != "", m.SecretEnv, m.SecretFile),
	}
	h.Slack = handoff.Slack{URL: read("slack", s != (slackConfig{}), s.SecretEnv, s.SecretFile)}
	return h, err
}

// inbound checks the signatures of what the support team's side tells; nil where no secret is configured.
func (c *config) inbound(getenv func(string) string) (func([]byte, http.Header) error, error) {
	if c.Handoff.Inbound == (secretConfig{}) {
		return nil, nil
	}
	key, err := secret(c.Handoff.Inbound.SecretEnv, c.Handoff.Inbound.SecretFile, getenv)
	if err != nil {
		return nil, fmt.Errorf("handoff inbound: %w", err)
	}
	verifier, err := webhooks.NewWebhook(key)
	if err != nil {
		return nil, errors.New("handoff inbound: the secret must be base64, with whsec_ before it")
	}
	return verifier.Verify, nil
}

// handoffs shows the ledger's handoffs as the HTTP face knows them.
type handoffs struct{ *ledger.Ledger }

func (h handoffs) List(
	ctx context.Context, state switchboard.HandoffState, limit int, cursor string,
) ([]switchboard.HandoffRequest, string, error) {
	return h.Handoffs(ctx, ledger.HandoffFilter{State: state, Limit: limit, Cursor: cursor})
}

func (p *program) handoffsCommand() *cobra.Command {
	return group("handoffs", "See requests for a human, and deliver again what was given up",
		p.handoffsListCommand(), p.handoffsShowCommand(), p.handoffsRetryCommand(), p.handoffsReleaseCommand())
}

func (p *program) handoffsListCommand() *cobra.Command {
	var f ledger.HandoffFilter
	var state string
	cmd := &cobra.Command{Use: "list", Short: "List requests for a human, latest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.State = switchboard.HandoffState(state)
			return p.withLedger(cmd.Context(), func(l *ledger.Ledger) error {
				found, _, err := l.Handoffs(cmd.Context(), f)
				if err != nil {
					return err
				}
				header := []string{"handoff", "asked", "state", "reason", "ticket", "conversation"}
				return table(p, found, header, func(h switchboard.HandoffRequest) []string {
					return []string{h.Reference, when(h.CreatedAt), string(h.State), string(h.Reason), orDash(h.Ticket), h.ConversationID}
				})
			})
		}}
	cmd.Flags().StringVar(&state, "state", "", "only in this state: requested, acknowledged, failed, released")
	cmd.Flags().IntVar(&f.Limit, "limit", 50, "how many at most")
	return cmd
}

func (p *program) handoffsShowCommand() *cobra.Command {
	return &cobra.Command{Use: "show REF", Short: "Show a request for a human and how its deliveries fare", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withLedger(cmd.Context(), func(l *ledger.Ledger) error {
				h, err := l.Handoff(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				d, err := l.Deliveries(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return p.show(struct {
					switchboard.HandoffRequest

					Deliveries []switchboard.DeliveryStatus `json:"deliveries"`
				}{h, d}, func(w io.Writer) {
					fmt.Fprintf(w, "%s  %s\n%s\n\n", p.bold(h.Reference), h.State, h.Summary)
					for _, one := range d {
						next := ""
						if one.NextTry != nil {
							next = ", next try " + when(*one.NextTry)
						}
						fmt.Fprintf(w, "  %s %s: %s after %d tries%s %s\n", one.Kind, one.ID, one.State, one.Attempts, next, one.LastError)
					}
				})
			})
		}}
}

// mostRetried bounds --all-dead.
const mostRetried = 1000

func (p *program) handoffsRetryCommand() *cobra.Command {
	var all bool
	cmd := &cobra.Command{Use: "retry [REF]", Short: "Deliver again what was given up, under the same ids", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) == 1) {
				return usageError{errors.New("name a handoff, or --all-dead")}
			}
			ctx := cmd.Context()
			return p.withLedger(ctx, func(l *ledger.Ledger) error {
				if all {
					dead, _, err := l.Handoffs(ctx, ledger.HandoffFilter{State: switchboard.HandoffFailed, Limit: mostRetried})
					if err != nil {
						return err
					}
					for _, h := range dead {
						args = append(args, h.Reference)
					}
				}
				queued := 0
				for _, reference := range args {
					n, err := l.RetryHandoff(ctx, reference)
					if all && errors.Is(err, switchboard.Conflict) { // the customer has asked again meanwhile
						continue
					}
					if err == nil {
						err = l.Audit(ctx, audited("handoffs.retry", reference))
					}
					if err != nil {
						return err
					}
					queued += n
				}
				return p.show(map[string]int{"queued": queued}, func(w io.Writer) { fmt.Fprintln(w, strconv.Itoa(queued)+" queued again") })
			})
		}}
	cmd.Flags().BoolVar(&all, "all-dead", false, "all that were given up")
	return cmd
}

func (p *program) handoffsReleaseCommand() *cobra.Command {
	return &cobra.Command{Use: "release REF", Short: "Say that a person is done: the bot answers again", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withLedger(cmd.Context(), func(l *ledger.Ledger) error {
				err := l.ReleaseHandoff(cmd.Context(), args[0])
				if err == nil {
					err = l.Audit(cmd.Context(), audited("handoffs.release", args[0]))
				}
				return err
			})
		}}
}
