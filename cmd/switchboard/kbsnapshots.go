package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"switchboard"
	"switchboard/kb"
	"switchboard/kb/library"
)

func (p *program) kbSnapshotsCommand() *cobra.Command {
	return &cobra.Command{Use: "snapshots", Short: "List the snapshots, latest first", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return p.withLibrary(func(_ *config, l *library.Library) error {
				list, err := l.Store.Snapshots()
				if err != nil {
					return err
				}
				return table(p, list, []string{"snapshot", "documents", "passages", "segments", "built", "state"}, func(i kb.Info) []string {
					state := ""
					switch {
					case i.Current:
						state = "current"
					case i.Outdated:
						state = "of another version"
					}
					return []string{i.ID, strconv.Itoa(i.Documents), strconv.Itoa(i.Passages), strconv.Itoa(i.Segments), when(i.BuiltAt), state}
				})
			})
		}}
}

func (p *program) kbDiffCommand() *cobra.Command {
	return &cobra.Command{Use: "diff FROM [TO]", Short: "Compare two snapshots; without TO, with the current one", Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withLibrary(func(_ *config, l *library.Library) error {
				to, err := "", error(nil)
				if len(args) == 2 {
					to = args[1]
				} else if to, err = l.Store.Current(); err != nil {
					return err
				}
				d, err := l.Store.Diff(cmd.Context(), args[0], to)
				if err != nil {
					return err
				}
				if p.format == "json" {
					return p.json(d)
				}
				type row struct {
					Change   string `json:"change"`
					Document string `json:"document"`
				}
				rows := []row{}
				for _, part := range []struct {
					name string
					ids  []string
				}{{"added", d.Added}, {"changed", d.Changed}, {"removed", d.Removed}} {
					for _, id := range part.ids {
						rows = append(rows, row{part.name, id})
					}
				}
				return table(p, rows, []string{"change", "document"}, func(r row) []string { return []string{r.Change, r.Document} })
			})
		}}
}

func (p *program) kbPromoteCommand() *cobra.Command {
	return &cobra.Command{Use: "promote SNAPSHOT", Short: "Serve the candidate that managers' edits have made", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withLibrary(func(_ *config, l *library.Library) error {
				if err := l.Promote(cmd.Context(), args[0], author()); err != nil {
					return err
				}
				return p.served(args[0])
			})
		}}
}

func (p *program) kbRollbackCommand() *cobra.Command {
	return &cobra.Command{Use: "rollback SNAPSHOT", Short: "Serve an earlier snapshot again", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withLibrary(func(_ *config, l *library.Library) error {
				id, notes, err := l.Rollback(cmd.Context(), args[0], author())
				p.notes(notes)
				if err != nil {
					return err
				}
				return p.served(id)
			})
		}}
}

func (p *program) served(id string) error {
	return p.show(map[string]string{"snapshot": id}, func(w io.Writer) { fmt.Fprintf(w, "%s is served now\n", id) })
}

// notes says what was mended or made anew on the way.
func (p *program) notes(notes []string) {
	for _, note := range notes {
		fmt.Fprintln(p.err, note)
	}
}

func (p *program) kbExportCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{Use: "export [SNAPSHOT]", Short: "Write a snapshot as one file, which kb import reads", Args: cobra.MaximumNArgs(1),
		Example: "  switchboard kb export --file knowledge.kb.gz",
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withLibrary(func(_ *config, l *library.Library) error {
				id, err := "", error(nil)
				if len(args) == 1 {
					id = args[0]
				} else if id, err = p.current(cmd.Context(), l); err != nil {
					return err
				}
				if file == "" {
					return l.Store.Export(cmd.Context(), id, p.out)
				}
				return exportTo(cmd.Context(), l, id, file)
			})
		}}
	cmd.Flags().StringVarP(&file, "file", "f", "", "where to (default standard output)")
	return cmd
}

func exportTo(ctx context.Context, l *library.Library, id, path string) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	return l.Store.Export(ctx, id, f)
}

// exportedFile opens the one argument of an import if kb export wrote it.
func exportedFile(args []string) (*os.File, bool) {
	if len(args) != 1 {
		return nil, false
	}
	if info, err := os.Stat(args[0]); err != nil || !info.Mode().IsRegular() {
		return nil, false
	}
	f, err := os.Open(args[0])
	if err != nil {
		return nil, false
	}
	head := make([]byte, 1<<10)
	n, _ := io.ReadFull(f, head)
	if _, err := f.Seek(0, io.SeekStart); err != nil || !kb.IsExported(head[:n]) {
		_ = f.Close()
		return nil, false
	}
	return f, true
}

// importExported takes an exported snapshot over, in the place of everything that was imported before.
func (p *program) importExported(ctx context.Context, l *library.Library, f *os.File, dryRun bool) error {
	defer f.Close()
	if dryRun {
		return usageError{errors.New("an exported knowledge base says itself what it holds: there is no dry run of it")}
	}
	began := time.Now()
	change, err := l.ImportExported(ctx, f)
	if err != nil {
		return err
	}
	return p.imported(change, false, time.Since(began))
}

func (p *program) kbPruneCommand() *cobra.Command {
	var keep int
	cmd := &cobra.Command{Use: "prune", Short: "Remove old snapshots from the disk", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if keep < 0 {
				return usageError{errors.New("--keep must not be negative")}
			}
			return p.withLibrary(func(_ *config, l *library.Library) error {
				removed, err := l.Prune(cmd.Context(), keep)
				if err != nil && !errors.Is(err, switchboard.NotFound) {
					return err
				}
				return p.show(map[string][]string{"removed": removed}, func(w io.Writer) { fmt.Fprintf(w, "%d snapshots removed\n", len(removed)) })
			})
		}}
	cmd.Flags().IntVar(&keep, "keep", 20, "how many of the latest to keep besides those in use")
	return cmd
}
