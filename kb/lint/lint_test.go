package lint_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchboard/kb"
	"switchboard/kb/demo"
	"switchboard/kb/ingest"
	"switchboard/kb/lint"
)

// today is the day for which the demo articles are written.
var today = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// doc is an article with a title of its own.
func doc(id, body string, set ...func(*kb.Document)) kb.Document {
	d := kb.Document{ID: id, Title: "About " + id, Lang: "en", Body: body}
	for _, f := range set {
		f(&d)
	}
	return d
}

func title(s string) func(*kb.Document)    { return func(d *kb.Document) { d.Title = s } }
func lang(s string) func(*kb.Document)     { return func(d *kb.Document) { d.Lang = s } }
func url(s string) func(*kb.Document)      { return func(d *kb.Document) { d.URL = s } }
func owner(s string) func(*kb.Document)    { return func(d *kb.Document) { d.Owner = s } }
func audience(s string) func(*kb.Document) { return func(d *kb.Document) { d.Audience = s } }
func topics(s ...string) func(*kb.Document) {
	return func(d *kb.Document) { d.Topics = s }
}
func supersedes(s ...string) func(*kb.Document) {
	return func(d *kb.Document) { d.Supersedes = s }
}
func from(s string) func(*kb.Document)   { return func(d *kb.Document) { d.ValidFrom = day(s) } }
func to(s string) func(*kb.Document)     { return func(d *kb.Document) { d.ValidTo = day(s) } }
func review(s string) func(*kb.Document) { return func(d *kb.Document) { d.ReviewBy = day(s) } }

const (
	english = "You can look at the bills of the last two years in the app, where they are kept for you with all of the calls that were made from your phone and what each of them was charged at."
	spanish = "Puede ver las facturas de los últimos dos años en la aplicación, donde se guardan para usted con todas las llamadas que se hicieron desde su teléfono y lo que se cobró por cada una de ellas."
)

// about returns what a rule finds, as "document[>other][:line]" with the severity before it.
func about(t *testing.T, rule string, docs []kb.Document) []string {
	t.Helper()
	found, err := lint.Check(context.Background(), docs, lint.Options{
		Today: today, Only: []string{rule}, Hosts: []string{"help.example"},
		PersonalData: func(text string) []string {
			if strings.Contains(text, "@") {
				return []string{"EMAIL", "EMAIL"}
			}
			return nil
		},
		Hidden: func(text string) []string {
			if _, rest, ok := strings.Cut(text, "ignore"); ok {
				return []string{"ignore" + rest}
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, f := range found {
		if f.Rule != rule || f.Text == "" {
			t.Errorf("finding %+v", f)
		}
		s := string(f.Severity) + " " + f.Document
		if f.Other != "" {
			s += ">" + f.Other
		}
		if f.Line > 0 {
			s += ":" + string(rune('0'+f.Line))
		}
		out = append(out, s)
	}
	return out
}

func TestRules(t *testing.T) {
	covered := map[string]bool{}
	for _, tc := range slices.Concat(contentCases, placeCases, contradictionCases) {
		covered[tc.rule] = true
		t.Run(tc.rule+"/"+tc.name, func(t *testing.T) {
			want := tc.want
			if want == nil {
				want = []string{}
			}
			if diff := cmp.Diff(want, about(t, tc.rule, tc.docs)); diff != "" {
				t.Error("-want +got\n" + diff)
			}
		})
	}
	for _, rule := range lint.Rules() {
		if !covered[rule] {
			t.Errorf("no case for %s", rule)
		}
	}
}

// The page for managers explains every rule, with the severity that it has, and none besides.
func TestReadmeExplainsEveryRule(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var explained []string
	for line := range strings.Lines(string(page)) {
		if name, ok := strings.CutPrefix(line, "| `"); ok {
			name, _, _ = strings.Cut(name, "`")
			explained = append(explained, name)
		}
	}
	if diff := cmp.Diff(lint.Rules(), explained); diff != "" {
		t.Error("-rules +README.md\n" + diff)
	}
}

func TestChosenRules(t *testing.T) {
	docs := []kb.Document{doc("a", "x", title("")), doc("b", "", title("B"))}
	rules := func(o lint.Options) (names []string) {
		o.Today = today
		found, err := lint.Check(context.Background(), docs, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			names = append(names, f.Rule)
		}
		return names
	}
	if got := rules(lint.Options{}); !slices.Equal(got, []string{"passage_empty", "title_missing"}) {
		t.Errorf("all: %v", got)
	}
	if got := rules(lint.Options{Skip: []string{"passage_empty"}}); !slices.Equal(got, []string{"title_missing"}) {
		t.Errorf("skip: %v", got)
	}
	if got := rules(lint.Options{Only: []string{"passage_empty"}}); !slices.Equal(got, []string{"passage_empty"}) {
		t.Errorf("only: %v", got)
	}
	if _, err := lint.Check(context.Background(), docs, lint.Options{Only: []string{"no_such"}}); err == nil || !strings.Contains(err.Error(), "no_such") {
		t.Errorf("unknown rule: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := lint.Check(ctx, docs, lint.Options{}); err == nil {
		t.Error("a context that has ended gives no error")
	}
}

func demoArticles(t testing.TB) []kb.Document {
	t.Helper()
	read, err := ingest.Read(context.Background(), ingest.Source{FS: demo.Articles}, ingest.Options{})
	if err != nil || len(read.Rejected) > 0 {
		t.Fatal(err, read.Rejected)
	}
	return read.Documents
}

// The demo knowledge base has no errors; what it keeps of the past is meant to be there.
func TestDemoArticles(t *testing.T) {
	found, err := lint.Check(context.Background(), demoArticles(t), lint.Options{Today: today, Hosts: []string{"help.vireo.example"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if f.Severity == lint.SeverityError || f.Severity == lint.SeverityWarning && f.Rule != "expired" {
			t.Errorf("%+v", f)
		}
	}
}
