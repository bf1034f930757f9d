package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"switchboard/gateway/ledger"
)

func (p *program) migrateCommand() *cobra.Command {
	return &cobra.Command{Use: "migrate", Short: "Bring the ledger's schema up to date (serve does so by itself)", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withLedger(cmd.Context(), func(l *ledger.Ledger) error {
				s, err := l.Status(cmd.Context())
				if err != nil {
					return err
				}
				return p.show(s, func(w io.Writer) { fmt.Fprintf(w, "schema version %d of %d\n", s.Version, s.Latest) })
			})
		}}
}
