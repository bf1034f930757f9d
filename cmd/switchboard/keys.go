package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"switchboard/gateway/ledger"
)

// roles that a secret key can have.
var roles = []string{"reader", "author", "reviewer", "admin"}

func (p *program) keysCommand() *cobra.Command {
	return group("keys", "Create, list and revoke keys", p.keysCreateCommand(), p.keysListCommand(), p.keysRevokeCommand())
}

func (p *program) keysCreateCommand() *cobra.Command {
	var k ledger.Key
	var kind string
	cmd := &cobra.Command{Use: "create", Short: "Create a key and show it, this once", Args: cobra.NoArgs,
		Example: "  switchboard keys create --kind publishable --origin https://www.example.com\n" +
			"  switchboard keys create --kind secret --role reader --name nightly-report",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkKey(&k, kind); err != nil {
				return usageError{err}
			}
			return p.withLedger(cmd.Context(), func(l *ledger.Ledger) error {
				plain, hash := ledger.NewKey(k.Kind)
				k.Hash = hash
				made, err := l.CreateKey(cmd.Context(), k)
				if err == nil {
					err = l.Audit(cmd.Context(), audited("keys.create", made.ID))
				}
				if err != nil {
					return err
				}
				shown := struct {
					ledger.Key
					Secret string `json:"key"`
				}{made, plain}
				return p.show(shown, func(w io.Writer) {
					fmt.Fprintln(w, plain)
					fmt.Fprintf(p.err, "%s, kept only as a hash: note the key down now, it is not shown again\n", made.ID)
				})
			})
		}}
	cmd.Flags().StringVar(&kind, "kind", "", "publishable (pk_…, for web pages) or secret (sk_…, for programs); told by --origin or --role where it is not given")
	cmd.Flags().StringVar(&k.Name, "name", "", "what the key is for")
	cmd.Flags().StringSliceVar(&k.Roles, "role", nil, "of a secret key: "+strings.Join(roles, ", "))
	cmd.Flags().StringSliceVar(&k.Origins, "origin", nil, "of a publishable key: a page's origin that may use it, such as https://www.example.com")
	return cmd
}

func checkKey(k *ledger.Key, kind string) error {
	if kind == "" && len(k.Origins) > 0 {
		kind = "publishable"
	}
	if kind == "" && len(k.Roles) > 0 {
		kind = "secret"
	}
	switch kind {
	case "publishable", "pk":
		k.Kind = ledger.KeyPublishable
	case "secret", "sk":
		k.Kind = ledger.KeySecret
	default:
		return errors.New("--kind must be publishable or secret, or give an --origin or a --role")
	}
	if k.Kind == ledger.KeyPublishable && len(k.Roles) > 0 {
		return errors.New("a publishable key has no roles")
	}
	if k.Kind == ledger.KeyPublishable && len(k.Origins) == 0 {
		return errors.New("a publishable key needs at least one --origin, such as https://www.example.com")
	}
	if k.Kind == ledger.KeySecret && len(k.Origins) > 0 {
		return errors.New("a secret key has no origins: it never stands in a page")
	}
	if k.Kind == ledger.KeySecret && len(k.Roles) == 0 {
		k.Roles = []string{"reader"}
	}
	for _, r := range k.Roles {
		if !slices.Contains(roles, r) {
			return fmt.Errorf("no role is called %q: the roles are %s", r, strings.Join(roles, ", "))
		}
	}
	for i, o := range k.Origins {
		u, err := url.Parse(o)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.Trim(u.Path, "/") != "" {
			return fmt.Errorf("%q is no origin: give scheme and host, such as https://www.example.com", o)
		}
		k.Origins[i] = strings.ToLower(u.Scheme + "://" + u.Host)
	}
	return nil
}

func (p *program) keysListCommand() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the keys", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withLedger(cmd.Context(), func(l *ledger.Ledger) error {
				keys, err := l.Keys(cmd.Context())
				if err != nil {
					return err
				}
				return table(p, keys, []string{"id", "kind", "name", "may", "created", "revoked"}, func(k ledger.Key) []string {
					return []string{k.ID, string(k.Kind), k.Name, strings.Join(append(k.Roles, k.Origins...), " "), when(k.CreatedAt), when(k.RevokedAt)}
				})
			})
		}}
}

func (p *program) keysRevokeCommand() *cobra.Command {
	return &cobra.Command{Use: "revoke ID", Short: "Make a key invalid from now on", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withLedger(cmd.Context(), func(l *ledger.Ledger) error {
				err := l.RevokeKey(cmd.Context(), args[0])
				if err == nil {
					err = l.Audit(cmd.Context(), audited("keys.revoke", args[0]))
				}
				if err != nil {
					return err
				}
				fmt.Fprintln(p.err, args[0]+" is revoked")
				return nil
			})
		}}
}

// audited is an entry of the audit trail for what somebody does at the command line.
func audited(action, subject string) ledger.AuditEntry {
	return ledger.AuditEntry{Actor: "command line", Action: action, Subject: subject}
}

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04")
}
