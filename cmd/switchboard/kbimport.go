package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"switchboard"
	"switchboard/kb/ingest"
	"switchboard/kb/ingest/web"
	"switchboard/kb/library"
)

// importGarbage is how much garbage an import may pile up, in percent of what it needs: a large one needs much.
const importGarbage = 25

func (p *program) kbImportCommand() *cobra.Command {
	var replace, dryRun bool
	var from web.Options
	var allow []string
	cmd := &cobra.Command{Use: "import PATH|URL…",
		Short: "Take documents into the knowledge base: Markdown, HTML, text, PDF, DOCX, CSV, JSON, JSONL, zips or folders of them, pages, sitemaps",
		Long: "A path is a file, a folder or a zip of a help centre's export; a file that kb export wrote takes the place of all that\n" +
			"was imported. An address is a page, a sitemap or a site. What cannot be read is set aside with its reason, and the\n" +
			"rest goes on; nothing is served before everything is read.",
		Example: "  switchboard kb import ./articles faq.csv\n  switchboard kb import https://help.example.com/sitemap.xml --include /hc/en",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			paths, addresses, err := sortedOut(args)
			if err != nil {
				return err
			}
			if from.Allow, err = networks(allow); err != nil {
				return err
			}
			return p.withLibrary(func(c *config, l *library.Library) error {
				defer debug.SetGCPercent(debug.SetGCPercent(importGarbage))
				if file, ok := exportedFile(args); ok {
					return p.importExported(cmd.Context(), l, file, dryRun)
				}
				from.Cache = filepath.Join(kbDir(c), "pages")
				return p.importFrom(cmd.Context(), l, paths, addresses, from, replace, dryRun)
			})
		}}
	cmd.Flags().BoolVar(&replace, "replace", false, "drop what was imported before")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only say what would change")
	cmd.Flags().StringSliceVar(&from.Include, "include", nil, "of a sitemap, only pages whose paths begin so (* and $ as in robots.txt)")
	cmd.Flags().StringSliceVar(&from.Exclude, "exclude", nil, "of a sitemap, no pages whose paths begin so")
	cmd.Flags().StringSliceVar(&from.Hosts, "host", nil, "other hosts that a site may lead to")
	cmd.Flags().StringSliceVar(&allow, "allow", nil, "private networks that may be fetched from, such as 10.0.0.0/8")
	cmd.Flags().Float64Var(&from.Rate, "rate", 2, "requests a second to one host")
	cmd.Flags().IntVar(&from.MaxPages, "max-pages", 10_000, "pages of one site")
	return cmd
}

// sortedOut tells files from addresses.
func sortedOut(args []string) (paths, addresses []string, err error) {
	for _, a := range args {
		if strings.HasPrefix(a, "https://") || strings.HasPrefix(a, "http://") {
			addresses = append(addresses, a)
			continue
		}
		if _, err := os.Stat(a); err != nil {
			return nil, nil, switchboard.Errorf(switchboard.NotFound, "there is no %s", a)
		}
		paths = append(paths, a)
	}
	return paths, addresses, nil
}

func networks(list []string) (out []netip.Prefix, err error) {
	for _, s := range list {
		n, err := netip.ParsePrefix(s)
		if err != nil {
			a, err := netip.ParseAddr(s)
			if err != nil {
				return nil, usageError{fmt.Errorf("--allow: %q is no network such as 10.0.0.0/8", s)}
			}
			n = netip.PrefixFrom(a, a.BitLen())
		}
		out = append(out, n)
	}
	return out, nil
}

func (p *program) importFrom(ctx context.Context, l *library.Library, paths, addresses []string, from web.Options, replace, dryRun bool) error {
	began := time.Now()
	bar := p.bar("reading")
	read, err := ingest.Read(ctx, ingest.Source{Paths: paths}, ingest.Options{Progress: func(done, total int64, _ string) { bar.set(done, total) }})
	bar.done()
	if err != nil {
		return err
	}
	for _, address := range addresses {
		pages, whole, err := p.fetch(ctx, address, from)
		if err != nil {
			return err
		}
		if replace && !whole {
			return fmt.Errorf("%s could not be fetched to the end, so that --replace would drop what is still there", address)
		}
		read.Documents = append(read.Documents, pages.Documents...)
		read.Rejected = append(read.Rejected, pages.Rejected...)
		read.Flagged = append(read.Flagged, pages.Flagged...)
	}
	p.flagged(read.Flagged)
	if len(read.Documents) == 0 {
		p.rejected(read.Rejected)
		return errors.New("nothing could be imported")
	}
	docs := read.Documents
	read.Documents = nil
	indexing := p.bar("indexing")
	l.Progress = func(done, total int) { indexing.set(int64(done), int64(total)) }
	change, err := l.Import(ctx, docs, replace, dryRun)
	indexing.done()
	if err != nil {
		return err
	}
	change.Rejected = append(read.Rejected, change.Rejected...)
	return p.imported(change, dryRun, time.Since(began))
}

// fetch reads a page, or the pages of a site. Whole says that none may be missing.
func (p *program) fetch(ctx context.Context, address string, from web.Options) (read ingest.Result, whole bool, err error) {
	bar := p.bar("fetching")
	defer bar.done()
	var report web.Report
	read, err = ingest.ReadPages(ctx, ingest.Options{}, func(add func(ingest.Page) error) (err error) {
		report, err = web.New(from).Fetch(ctx, address, func(page web.Page) error {
			bar.set(int64(page.Position), int64(page.Total))
			return add(ingest.Page{Name: page.Name(), URL: page.URL, Body: page.Body})
		})
		return err
	})
	if err != nil {
		return read, false, err
	}
	whole = report.Incomplete == ""
	if !whole {
		fmt.Fprintf(p.err, "%s: %s\n", address, report.Incomplete)
	}
	for _, r := range report.Rejected {
		read.Rejected = append(read.Rejected, ingest.Rejected{Source: r.URL, Reason: r.Reason})
		whole = whole && !r.Temporary
	}
	fmt.Fprintf(p.err, "%s: %d pages, %d not changed since the last time\n", address, report.Pages, report.NotModified)
	return read, whole, nil
}

func (p *program) imported(c library.Change, dryRun bool, took time.Duration) error {
	if c.Rejected == nil {
		c.Rejected = []ingest.Rejected{}
	}
	p.rejected(c.Rejected)
	return p.show(c, func(w io.Writer) {
		verb := "imported"
		if dryRun {
			verb = "would import"
		}
		fmt.Fprintf(w, "%s: %d added, %d updated, %d unchanged, %d removed, %d rejected; snapshot %s (%s)\n",
			verb, c.Added, c.Updated, c.Same, c.Removed, len(c.Rejected), c.Snapshot, took.Round(time.Millisecond))
	})
}

func (p *program) rejected(list []ingest.Rejected) {
	for _, r := range list {
		fmt.Fprintf(p.err, "rejected %s: %s\n", r.Where(), r.Reason)
	}
}

func (p *program) flagged(list []ingest.Flagged) {
	for _, f := range list {
		fmt.Fprintf(p.err, "flagged %s: %s in document %s: %q\n", f.Where(), f.Rule, f.Document, f.Detail)
	}
}
