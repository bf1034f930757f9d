package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/user"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"switchboard"
	"switchboard/kb"
	"switchboard/kb/library"
)

func (p *program) kbCommand() *cobra.Command {
	return group("kb", "Fill, read and search the knowledge base",
		p.kbImportCommand(), p.kbListCommand(), p.kbShowCommand(), p.kbSearchCommand(), p.kbEvalCommand(), p.kbLintCommand(),
		p.kbSnapshotsCommand(), p.kbDiffCommand(), p.kbPromoteCommand(), p.kbRollbackCommand(), p.kbExportCommand(),
		p.kbPruneCommand(), p.kbRemoveCommand())
}

// withLibrary runs f with the configured knowledge base.
func (p *program) withLibrary(f func(*config, *library.Library) error) error {
	c, err := p.config()
	if err != nil {
		return err
	}
	s, err := p.openStore(c)
	if err != nil {
		return err
	}
	l, err := libraryOf(c, s)
	if err == nil {
		err = f(c, l)
	}
	return errors.Join(err, s.Close())
}

// withSnapshot runs f with a snapshot open for searching: the named one, or the current one, which is made first where
// there is none.
func (p *program) withSnapshot(ctx context.Context, id string, f func(*kb.Snapshot) error) error {
	return p.withLibrary(func(_ *config, l *library.Library) error {
		var err error
		if id == "" {
			if id, err = p.current(ctx, l); err != nil {
				return err
			}
		}
		s, err := l.Store.Open(ctx, id)
		if err != nil {
			return err
		}
		return errors.Join(f(s), s.Close())
	})
}

// current is the snapshot that is served. Where there is none, or one of another version, it is made first.
func (p *program) current(ctx context.Context, l *library.Library) (string, error) {
	id, err := l.Store.Current()
	if err == nil {
		var old bool
		if old, err = l.Store.Outdated(id); err == nil && !old {
			return id, nil
		}
	}
	if err != nil && !errors.Is(err, switchboard.NotFound) {
		return "", err
	}
	done, err := l.Sync(ctx)
	p.notes(done.Notes)
	return done.Snapshot, err
}

func (p *program) kbListCommand() *cobra.Command {
	var snapshot string
	cmd := &cobra.Command{Use: "list", Short: "List the documents", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withSnapshot(cmd.Context(), snapshot, func(s *kb.Snapshot) error {
				header := []string{"id", "title", "lang", "audience", "owner", "valid from", "valid to", "review by", "url"}
				rows := []documentRow{}
				for _, d := range s.Documents() {
					rows = append(rows, rowOf(d))
				}
				return table(p, rows, header, func(d documentRow) []string {
					return []string{d.ID, d.Title, d.Lang, d.Audience, d.Owner, d.ValidFrom, d.ValidTo, d.ReviewBy, d.URL}
				})
			})
		}}
	cmd.Flags().StringVar(&snapshot, "snapshot", "", "another snapshot than the current one")
	return cmd
}

// documentRow is a document as programs read it.
type documentRow struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	URL        string   `json:"url"`
	Lang       string   `json:"lang"`
	Audience   string   `json:"audience"`
	Owner      string   `json:"owner,omitempty"`
	ValidFrom  string   `json:"valid_from,omitempty"`
	ValidTo    string   `json:"valid_to,omitempty"`
	ReviewBy   string   `json:"review_by,omitempty"`
	Supersedes []string `json:"supersedes,omitempty"`
	Topics     []string `json:"topics,omitempty"`
	Text       string   `json:"text,omitempty"`
}

func rowOf(d kb.Document) documentRow {
	return documentRow{
		ID: d.ID, Title: d.Title, URL: d.URL, Lang: d.Lang, Audience: d.Audience, Owner: d.Owner,
		ValidFrom: day(d.ValidFrom), ValidTo: day(d.ValidTo), ReviewBy: day(d.ReviewBy), Supersedes: d.Supersedes, Topics: d.Topics, Text: d.Body,
	}
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

func (p *program) kbShowCommand() *cobra.Command {
	var snapshot string
	var cut bool
	cmd := &cobra.Command{Use: "show ID", Short: "Show a document, or how it is cut into passages", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withSnapshot(cmd.Context(), snapshot, func(s *kb.Snapshot) error {
				d, err := s.Document(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if !cut {
					return p.show(rowOf(d), func(w io.Writer) { fmt.Fprintf(w, "%s\n%s\n\n%s\n", p.bold(d.Title), d.URL, d.Body) })
				}
				passages, err := s.Passages(cmd.Context(), d.ID)
				if err != nil {
					return err
				}
				return table(p, passages, []string{"passage", "bytes", "section", "text"}, func(x switchboard.Passage) []string {
					return []string{x.ID, fmt.Sprintf("%d-%d", x.Start, x.End), strings.Join(x.Section, " > "), x.Text}
				})
			})
		}}
	cmd.Flags().StringVar(&snapshot, "snapshot", "", "another snapshot than the current one")
	cmd.Flags().BoolVar(&cut, "passages", false, "show the passages")
	return cmd
}

func (p *program) kbSearchCommand() *cobra.Command {
	var snapshot, asOf, by string
	var wordsOnly bool
	q := kb.Query{}
	cmd := &cobra.Command{Use: "search QUESTION", Short: "Search as a turn does", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q.Text = strings.Join(args, " ")
			if q.K < 1 || q.K > 1000 {
				return usageError{errors.New("-k must be from 1 to 1000")}
			}
			if by != "" && by != "document" && by != "passage" {
				return usageError{errors.New("--by must be passage or document")}
			}
			q.ByDocument = by == "document"
			q.AsOf = time.Now()
			if asOf != "" {
				t, err := time.Parse(time.DateOnly, asOf)
				if err != nil {
					return usageError{errors.New("--as-of must be a date such as 2026-03-01")}
				}
				q.AsOf = t
			}
			return p.withSearch(cmd.Context(), snapshot, wordsOnly, func(s *kb.Snapshot) error {
				found, err := s.Search(cmd.Context(), q)
				if err != nil {
					return err
				}
				if p.format == "json" {
					if found == nil {
						found = []switchboard.Passage{}
					}
					return p.json(struct {
						Snapshot string                `json:"snapshot"`
						Results  []switchboard.Passage `json:"results"`
					}{s.ID(), found})
				}
				return table(p, found, []string{"score", "passage", "title", "text"}, func(x switchboard.Passage) []string {
					return []string{strconv.FormatFloat(x.Score, 'f', 3, 64), x.ID, x.Title, shorten(x.Text, 100)}
				})
			})
		}}
	cmd.Flags().IntVarP(&q.K, "k", "k", 10, "how many at most")
	cmd.Flags().StringVar(&q.Lang, "lang", "", "the question's language")
	cmd.Flags().StringSliceVar(&q.Audiences, "audience", nil, "whose documents (default public)")
	cmd.Flags().StringVar(&asOf, "as-of", "", "as of a date, such as 2026-03-01")
	cmd.Flags().StringArrayVar(&q.History, "history", nil, "what was said before, oldest first; may be repeated")
	cmd.Flags().BoolVar(&q.Exhaustive, "exhaustive", false, "score everything that matches, for comparison: the result is the same")
	cmd.Flags().BoolVar(&wordsOnly, "words-only", false, "without embeddings and reranking, where they are configured")
	cmd.Flags().StringVar(&by, "by", "passage", "passage, or document for at most one passage of each")
	cmd.Flags().StringVar(&snapshot, "snapshot", "", "another snapshot than the current one")
	return cmd
}

// author is who works at this terminal, for the history.
func author() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "command line"
}

func (p *program) kbRemoveCommand() *cobra.Command {
	return &cobra.Command{Use: "rm ID…", Short: "Remove imported documents", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withLibrary(func(_ *config, l *library.Library) error {
				began := time.Now()
				change, err := l.Remove(cmd.Context(), args)
				if err != nil {
					return err
				}
				return p.imported(change, false, time.Since(began))
			})
		}}
}
