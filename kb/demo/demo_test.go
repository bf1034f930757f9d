package demo

import (
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// referenceDay is the day the demonstration content is written for.
const referenceDay = "2026-11-24"

type article struct {
	ID, Path, Body string

	Title      string   `yaml:"title"`
	URL        string   `yaml:"url"`
	Lang       string   `yaml:"lang"`
	Audience   string   `yaml:"audience"`
	Owner      string   `yaml:"owner"`
	ValidFrom  string   `yaml:"valid_from"`
	ValidTo    string   `yaml:"valid_to"`
	Supersedes []string `yaml:"supersedes"`
	ReviewBy   string   `yaml:"review_by"`
}

func (a article) live() bool {
	return (a.ValidFrom == "" || a.ValidFrom <= referenceDay) &&
		(a.ValidTo == "" || a.ValidTo >= referenceDay)
}

func load(t *testing.T) map[string]article {
	t.Helper()
	all := map[string]article{}
	err := fs.WalkDir(Articles, "articles", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if path.Ext(p) != ".md" {
			t.Errorf("%s: not a Markdown file", p)
			return nil
		}
		raw, err := fs.ReadFile(Articles, p)
		if err != nil {
			return err
		}
		rest, ok := strings.CutPrefix(string(raw), "---\n")
		front, body, ok2 := strings.Cut(rest, "\n---\n")
		if !ok || !ok2 {
			t.Errorf("%s: no front matter", p)
			return nil
		}
		a := article{ID: strings.TrimSuffix(path.Base(p), ".md"), Path: p, Body: strings.TrimSpace(body)}
		dec := yaml.NewDecoder(strings.NewReader(front))
		dec.KnownFields(true)
		if err := dec.Decode(&a); err != nil {
			t.Errorf("%s: front matter: %v", p, err)
			return nil
		}
		if other, dup := all[a.ID]; dup {
			t.Errorf("document id %q used by %s and %s", a.ID, other.Path, p)
		}
		all[a.ID] = a
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestFrontMatter(t *testing.T) {
	all := load(t)
	kebab := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	urls, titles := map[string]string{}, map[string]string{}
	for id, a := range all {
		for key, v := range map[string]string{
			"title": a.Title, "url": a.URL, "lang": a.Lang,
			"audience": a.Audience, "owner": a.Owner, "review_by": a.ReviewBy,
		} {
			if strings.TrimSpace(v) == "" {
				t.Errorf("%s: %s is missing", a.Path, key)
			}
		}
		if !kebab.MatchString(id) {
			t.Errorf("%s: document id is not kebab-case", a.Path)
		}
		if a.Lang != "en" && a.Lang != "es" {
			t.Errorf("%s: lang %q", a.Path, a.Lang)
		}
		if (a.Lang == "es") != strings.HasSuffix(id, "-es") {
			t.Errorf("%s: lang %q does not match the document id", a.Path, a.Lang)
		}
		if !strings.HasPrefix(a.Path, "articles/"+a.Lang+"/") {
			t.Errorf("%s: lang %q does not match the folder", a.Path, a.Lang)
		}
		switch a.Audience {
		case "public", "business", "internal":
		default:
			t.Errorf("%s: audience %q", a.Path, a.Audience)
		}
		if u, err := url.Parse(a.URL); err != nil || u.Scheme != "https" || u.Host != "help.vireo.example" {
			t.Errorf("%s: url %q", a.Path, a.URL)
		}
		if other, dup := urls[a.URL]; dup {
			t.Errorf("%s and %s have the same url", a.Path, other)
		}
		urls[a.URL] = a.Path
		if other, dup := titles[a.Title]; dup {
			t.Errorf("%s and %s have the same title", a.Path, other)
		}
		titles[a.Title] = a.Path
		for key, v := range map[string]string{"valid_from": a.ValidFrom, "valid_to": a.ValidTo, "review_by": a.ReviewBy} {
			if v == "" && key != "review_by" {
				continue
			}
			if _, err := time.Parse(time.DateOnly, v); err != nil {
				t.Errorf("%s: %s: %v", a.Path, key, err)
			}
		}
		if a.ValidTo != "" && a.ValidTo < a.ValidFrom {
			t.Errorf("%s: valid_to %s is before valid_from %s", a.Path, a.ValidTo, a.ValidFrom)
		}
		if a.live() && a.ReviewBy <= referenceDay {
			t.Errorf("%s: live, but its review was due on %s", a.Path, a.ReviewBy)
		}
		for _, old := range a.Supersedes {
			o, ok := all[old]
			switch {
			case !ok:
				t.Errorf("%s: supersedes unknown document %q", a.Path, old)
			case old == id:
				t.Errorf("%s: supersedes itself", a.Path)
			case o.live():
				t.Errorf("%s: supersedes %q, which is still live", a.Path, old)
			}
		}
	}
}

func TestBodies(t *testing.T) {
	// Subjects the demonstration must not be able to answer.
	gaps := regexp.MustCompile(`(?i)smart ?watch|wearable|\bTV\b|television|streaming|satellite|satélite|landline|burglar|home security|alarm`)
	for _, a := range load(t) {
		words := len(strings.Fields(a.Body))
		if words < 100 {
			t.Errorf("%s: only %d words", a.Path, words)
		}
		if !strings.Contains(a.Body, "\n## ") {
			t.Errorf("%s: no sub-headings", a.Path)
		}
		if m := gaps.FindString(a.Title + "\n" + a.Body); m != "" {
			t.Errorf("%s: mentions %q, a subject left out on purpose", a.Path, m)
		}
		width := 0 // cells of the table being read
		for _, line := range strings.Split(a.Body, "\n") {
			if !strings.HasPrefix(line, "|") {
				width = 0
				continue
			}
			n := strings.Count(line, "|")
			if width != 0 && n != width {
				t.Errorf("%s: ragged table row %q", a.Path, line)
			}
			width = n
		}
	}
}

func TestCounts(t *testing.T) {
	all := load(t)
	superseded := map[string]bool{}
	for _, a := range all {
		for _, old := range a.Supersedes {
			superseded[old] = true
		}
	}
	n := map[string]int{}
	for id, a := range all {
		n["all"]++
		switch {
		case a.Audience == "internal":
			n["internal"]++
		case a.Audience == "business":
			n["business"]++
		case superseded[id]:
			n["superseded"]++
		case a.ValidTo != "" && a.ValidTo < referenceDay:
			n["expired"]++
		case a.ValidFrom > referenceDay:
			n["future"]++
		default:
			n["live public "+a.Lang]++
		}
		if strings.Contains(a.Body, "\n|---") {
			n["with tables"]++
		}
	}
	t.Logf("%v", n)
	for what, least := range map[string]int{
		"all": 140, "live public en": 105, "live public es": 13,
		"superseded": 5, "expired": 4, "future": 2,
		"internal": 3, "business": 3, "with tables": 100,
	} {
		if n[what] < least {
			t.Errorf("%s: %d articles, want at least %d", what, n[what], least)
		}
	}
	rows := 0
	for _, line := range strings.Split(all["roaming-prices-by-country"].Body, "\n") {
		if strings.Contains(line, "| Zone ") {
			rows++
		}
	}
	if rows < 45 {
		t.Errorf("roaming-prices-by-country: %d countries, want at least 45", rows)
	}
}
