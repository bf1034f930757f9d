package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"switchboard"
	"switchboard/fallback/privacy"
	"switchboard/kb"
	"switchboard/kb/ingest"
	"switchboard/kb/ingest/hidden"
	"switchboard/kb/lint"
)

func (p *program) kbLintCommand() *cobra.Command {
	var snapshot, asOf string
	var failOnWarnings bool
	o := lint.Options{}
	cmd := &cobra.Command{Use: "lint [PATH…]", Short: "Say what is stale, double, contradicting or broken, in the knowledge base or in files before they are imported; exit 1 on errors",
		Example: "  switchboard kb lint --rule contradiction,expired\n  switchboard kb lint --strict articles",
		RunE: func(cmd *cobra.Command, paths []string) error {
			o.Today = time.Now()
			if asOf != "" {
				t, err := time.Parse(time.DateOnly, asOf)
				if err != nil {
					return usageError{errors.New("--as-of must be a date such as 2026-03-01")}
				}
				o.Today = t
			}
			for _, name := range slices.Concat(o.Only, o.Skip) {
				if !slices.Contains(lint.Rules(), name) {
					return usageError{fmt.Errorf("no rule is called %q; there are %s", name, strings.Join(lint.Rules(), ", "))}
				}
			}
			docs, unreadable, err := p.documentsToLint(cmd.Context(), snapshot, paths)
			if err != nil {
				return err
			}
			if len(o.Hosts) == 0 {
				o.Hosts = hostsOf(docs)
			}
			o.PersonalData, o.Hidden = personalKinds(o.Hosts), instructions
			findings, err := lint.Check(cmd.Context(), docs, o)
			if err != nil {
				return err
			}
			return p.linted(findings, len(docs), unreadable, failOnWarnings)
		}}
	cmd.Flags().StringVar(&snapshot, "snapshot", "", "another snapshot than the current one")
	cmd.Flags().StringSliceVar(&o.Only, "rule", nil, "only these rules")
	cmd.Flags().StringSliceVar(&o.Skip, "skip", nil, "all but these rules")
	cmd.Flags().StringSliceVar(&o.Hosts, "host", nil, "hosts all of whose pages are documents (default: those of the documents' own addresses)")
	cmd.Flags().StringVar(&asOf, "as-of", "", "as of a date, such as 2026-03-01")
	cmd.Flags().BoolVar(&failOnWarnings, "strict", false, "exit 1 on warnings, too")
	return cmd
}

// documentsToLint are those of files where some are named, else of a snapshot. What cannot be read is printed and counted.
func (p *program) documentsToLint(ctx context.Context, snapshot string, paths []string) (docs []kb.Document, unreadable int, err error) {
	if len(paths) > 0 {
		if snapshot != "" {
			return nil, 0, usageError{errors.New("name files or a snapshot, not both")}
		}
		for _, path := range paths {
			if _, err := os.Stat(path); err != nil {
				return nil, 0, switchboard.Errorf(switchboard.NotFound, "there is no %s", path)
			}
		}
		read, err := ingest.Read(ctx, ingest.Source{Paths: paths}, ingest.Options{})
		p.flagged(read.Flagged)
		p.rejected(read.Rejected)
		return read.Documents, len(read.Rejected), err
	}
	err = p.withSnapshot(ctx, snapshot, func(s *kb.Snapshot) error {
		for _, d := range s.Documents() {
			whole, err := s.Document(ctx, d.ID)
			if err != nil {
				return err
			}
			docs = append(docs, whole)
		}
		return nil
	})
	return docs, 0, err
}

// linted prints findings, and fails where there are errors.
func (p *program) linted(findings []lint.Finding, documents, unreadable int, failOnWarnings bool) error {
	header := []string{"severity", "document", "line", "rule", "what", "other"}
	err := table(p, findings, header, func(f lint.Finding) []string {
		line := ""
		if f.Line > 0 {
			line = strconv.Itoa(f.Line)
		}
		return []string{string(f.Severity), f.Document, line, f.Rule, f.Text, f.Other}
	})
	if err != nil {
		return err
	}
	n := map[lint.Severity]int{}
	for _, f := range findings {
		n[f.Severity]++
	}
	fmt.Fprintf(p.err, "%d documents: %d errors, %d warnings, %d infos; %d files or rows could not be read\n",
		documents, n[lint.SeverityError], n[lint.SeverityWarning], n[lint.SeverityInfo], unreadable)
	if n[lint.SeverityError]+unreadable > 0 || failOnWarnings && n[lint.SeverityWarning] > 0 {
		return silent{exitFailed}
	}
	return nil
}

// hostsOf are the hosts of the documents' own addresses.
func hostsOf(docs []kb.Document) []string {
	hosts := map[string]bool{}
	for _, d := range docs {
		if u, err := url.Parse(d.URL); err == nil && u.Host != "" {
			hosts[strings.ToLower(u.Host)] = true
		}
	}
	return slices.Sorted(maps.Keys(hosts))
}

// personal are the kinds of data that no article should hold. Others are the company's own more often than a person's:
// whom to call, where the stores are, what a password looks like.
var personal = []privacy.Type{privacy.Email, privacy.Card, privacy.IBAN, privacy.IMEI, privacy.IMSI, privacy.ICCID, privacy.ID}

// personalKinds tells what personal data a text holds, addresses at the company's own hosts aside.
func personalKinds(hosts []string) func(text string) []string {
	masker := privacy.Default()
	return func(text string) []string {
		var kinds []string
		for _, part := range suspects(text) {
			for _, s := range masker.Find(part) {
				if slices.Contains(personal, s.Type) && !(s.Type == privacy.Email && ownAddress(part[s.Start:s.End], hosts)) {
					kinds = append(kinds, string(s.Type))
				}
			}
		}
		return kinds
	}
}

// suspects are the parts of a text that may hold personal data: what is around an @, and around six digits with no more
// than one blank or sign between two of them. To look for it takes a second a megabyte, most of which is spared.
func suspects(text string) []string {
	const digits, around = 6, 60
	var parts []string
	start, run, gap := -1, 0, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			run, gap = run+1, 0
		case gap == 0 && (c == ' ' || c == '-' || c == '.'):
			gap = 1
		default:
			run, gap = 0, 0
		}
		if (run >= digits || text[i] == '@') && (start < 0 || i > start+around) {
			start = i
			parts = append(parts, strings.ToValidUTF8(text[max(i-around, 0):min(i+2*around, len(text))], ""))
		}
	}
	return parts
}

// ownAddress reports whether an e-mail address is the company's: its domain is that of a host, or the part of one.
func ownAddress(email string, hosts []string) bool {
	_, domain, _ := strings.Cut(strings.ToLower(email), "@")
	return slices.ContainsFunc(hosts, func(h string) bool { return h == domain || strings.HasSuffix(h, "."+domain) })
}

// instructions are what in a text is meant for a model instead of a reader.
func instructions(text string) []string {
	var found []string
	for _, f := range hidden.Find(text) {
		found = append(found, fmt.Sprintf("%s: %s", f.Rule, f.Excerpt))
	}
	return found
}
