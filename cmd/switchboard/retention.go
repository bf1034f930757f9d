package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"switchboard"
	"switchboard/gateway/ledger"
)

// sweepEvery is how often a server removes what has grown older than it is kept.
const sweepEvery = time.Hour

// retainConfig is for how long each class of records is kept, by the ledger's names: "90d", "36h". What is missing is kept
// for good.
type retainConfig map[string]string

func (c retainConfig) check(bad func(string, string, ...any)) {
	for class, text := range c {
		if !slices.Contains(ledger.RetentionClasses(), class) {
			bad("retention."+class, "must be one of %s", strings.Join(ledger.RetentionClasses(), ", "))
		} else if _, err := keepFor(text); err != nil {
			bad("retention."+class, "%v", err)
		}
	}
}

// of is the configuration as the ledger knows it; it was checked.
func (c retainConfig) of() ledger.Retention {
	r := ledger.Retention{}
	for class, text := range c {
		r[class], _ = keepFor(text) //nolint:errcheck // see check
	}
	return r
}

// keepFor reads "90d", "36h", or "" and "0" for good.
func keepFor(text string) (time.Duration, error) {
	if text == "" || text == "0" {
		return 0, nil
	}
	var d time.Duration
	var err error
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n int
		n, err = strconv.Atoi(days)
		d = time.Duration(min(max(n, -1), 36_500)) * 24 * time.Hour
	} else {
		d, err = time.ParseDuration(text)
	}
	if err != nil || d < time.Hour {
		return 0, errors.New("must be a time such as 90d or 36h, an hour at least")
	}
	return d, nil
}

// sweep removes what is old, at once and then every hour, until ctx ends.
func (w *parts) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if keep := w.retain.Load(); keep != nil && len(*keep) > 0 {
			swept, err := w.ledger.Sweep(ctx, *keep)
			for _, s := range swept {
				for where, n := range s.Removed {
					w.metrics.Swept(s.Class, where, n)
				}
			}
			if err != nil && ctx.Err() == nil {
				w.log.Error("not all that is old was removed", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (p *program) conversationsExpireCommand() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{Use: "expire", Short: "Remove what is older than the configuration's retention keeps it", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := p.config()
			if err != nil {
				return err
			}
			return p.withLedger(cmd.Context(), func(l *ledger.Ledger) error {
				remove := l.Sweep
				if dry {
					remove = l.Expirable
				}
				swept, err := remove(cmd.Context(), c.Retain.of())
				if err != nil {
					return err
				}
				if swept == nil {
					swept = []ledger.Swept{}
				}
				return p.show(swept, func(w io.Writer) {
					if len(c.Retain) == 0 {
						fmt.Fprintln(w, "everything is kept: the configuration has no retention")
					}
					for _, s := range swept {
						for _, where := range slices.Sorted(maps.Keys(s.Removed)) {
							fmt.Fprintf(w, "%-14s before %s  %d %s\n", s.Class, s.Before.Format(time.DateOnly), s.Removed[where], where)
						}
					}
				})
			})
		}}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only count it")
	return cmd
}

// exported are the conversations that an export is about: one, or those in which a contact was given.
func exported(ctx context.Context, l *ledger.Ledger, args []string, contact string) ([]switchboard.Export, error) {
	ids := args
	if contact != "" {
		found, err := l.ByContact(ctx, contact)
		if err != nil {
			return nil, err
		}
		ids = append(slices.Clone(args), found...)
	}
	out := []switchboard.Export{}
	for _, id := range ids {
		e, err := l.Export(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}
