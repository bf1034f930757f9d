package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"switchboard"
	"switchboard/gateway/ledger"
)

func (p *program) releasesCommand() *cobra.Command {
	return group("releases", "Read which releases have served", p.releasesListCommand(), p.releasesShowCommand())
}

func (p *program) releasesListCommand() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the releases that have served, latest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withLedger(cmd.Context(), func(l *ledger.Ledger) error {
				list, err := l.Releases(cmd.Context())
				if err != nil {
					return err
				}
				header := []string{"release", "first served", "snapshot", "policy", "models"}
				return table(p, list, header, func(r switchboard.Release) []string {
					return []string{string(r.ID), when(r.CreatedAt), r.Snapshot, shorten(r.Policy, 13), shorten(r.Models, 13)}
				})
			})
		}}
}

func (p *program) releasesShowCommand() *cobra.Command {
	return &cobra.Command{Use: "show ID", Short: "Show what a release is made of", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withLedger(cmd.Context(), func(l *ledger.Ledger) error {
				r, err := l.Release(cmd.Context(), switchboard.ReleaseID(args[0]))
				if err != nil {
					return err
				}
				return p.show(r, func(w io.Writer) {
					fmt.Fprintf(w, "%s  first served %s\nsnapshot %s\npolicy   %s\nmodels   %s\n",
						p.bold(string(r.ID)), when(r.CreatedAt), r.Snapshot, r.Policy, r.Models)
					for _, name := range slices.Sorted(maps.Keys(r.Prompts)) {
						fmt.Fprintf(w, "prompt   %s@%s\n", name, r.Prompts[name][:8])
					}
				})
			})
		}}
}
