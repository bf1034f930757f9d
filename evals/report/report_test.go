package report

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchboard"
	"switchboard/evals"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares what was written with a file.
func golden(t *testing.T, name string, write func(io.Writer) error) {
	t.Helper()
	var got bytes.Buffer
	if err := write(&got); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Error(diff)
	}
}

// shop is a target that knows three questions.
type shop struct{}

func (shop) Name() string { return "https://chat.example.com" }

func (shop) Ask(_ context.Context, s evals.Script) (evals.Reply, error) {
	a := switchboard.Answer{
		ID: "msg_1", ConversationID: "conv_1", Role: switchboard.RoleAssistant, Release: "rel_0123456789abcdef",
		Action: switchboard.ActionAnswer, Reason: switchboard.ReasonQuoted, Model: "extractive", Suggestions: []string{},
		Text: "Plus costs €17.99 a month. [1]", Usage: switchboard.Usage{InputTokens: 100, OutputTokens: 20, CostUSD: 0.0005},
		Citations: []switchboard.Citation{{
			N: 1, DocumentID: "prices", PassageID: "prices#1", Title: "Plans & prices", Quote: "€17.99", URL: "https://help.example/prices",
		}},
		CreatedAt: time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC),
	}
	r := evals.Reply{Answer: a, Elapsed: 12500 * time.Microsecond, Record: &switchboard.Turn{
		ID: "msg_1", Grounded: 0.9,
		Passages: []switchboard.Passage{{ID: "prices#1", DocumentID: "prices", Title: "Plans & prices", Section: []string{"Mobile"}, Score: 7.5, Coverage: 0.8}},
		Stops:    []switchboard.Stop{{Guard: "quantity", Reason: switchboard.ReasonGuardQuantity, Detail: "€ 9 is in no passage", Sentence: "It costs €9."}},
	}}
	switch q := s.Messages[len(s.Messages)-1]; {
	case strings.Contains(q, "script"):
		r.Answer.Action, r.Answer.Reason = switchboard.ActionDecline, switchboard.ReasonOutOfScope
		r.Answer.Text, r.Answer.Citations = "\x1b[31mNo <b>\u202emarkup</b> & no ]]> here\x00.", []switchboard.Citation{}
		r.Answer.Suggestions = []string{"What is <i>Plus</i>?"}
		r.Elapsed, r.Record = 40*time.Millisecond, nil
	case strings.Contains(q, "down"):
		return evals.Reply{}, errors.New("message 1: status 503 unavailable: later")
	}
	return r, nil
}

// run is a run of a suite that has every kind of outcome in it.
func run(t *testing.T, o evals.Options) evals.Report {
	t.Helper()
	suite, err := evals.Load(os.DirFS("testdata"), "suite.yaml")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)
	o.Concurrency, o.Now = 1, func() time.Time { now = now.Add(1500 * time.Millisecond); return now }
	r, err := evals.Run(t.Context(), suite, shop{}, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTable(t *testing.T) {
	r := run(t, evals.Options{})
	golden(t, "table.txt", func(w io.Writer) error { return Table(w, r, false) })
	golden(t, "table-all.txt", func(w io.Writer) error { return Table(w, r, true) })
	golden(t, "table-allowed.txt", func(w io.Writer) error {
		return Table(w, run(t, evals.Options{AllowUnsupported: true, Repeat: 2}), false)
	})
}

func TestJSON(t *testing.T) {
	r := run(t, evals.Options{})
	golden(t, "results.json", func(w io.Writer) error { return JSON(w, r) })
	var b bytes.Buffer
	if err := JSON(&b, evals.Report{}); err != nil || !json.Valid(b.Bytes()) {
		t.Errorf("an empty report: %v", err)
	}
}

func TestJUnit(t *testing.T) {
	golden(t, "junit.xml", func(w io.Writer) error { return JUnit(w, run(t, evals.Options{})) })
	var b bytes.Buffer
	if err := JUnit(&b, run(t, evals.Options{AllowUnsupported: true})); err != nil {
		t.Fatal(err)
	}
	var root suitesXML
	if err := xml.Unmarshal(b.Bytes(), &root); err != nil {
		t.Fatal(err)
	}
	if root.Skipped != 2 || root.Tests != 10 {
		t.Errorf("%d skipped of %d, want 2 of 10", root.Skipped, root.Tests)
	}
}

func TestHTML(t *testing.T) {
	r := run(t, evals.Options{})
	golden(t, "report.html", func(w io.Writer) error { return HTML(w, r) })
	var b bytes.Buffer
	if err := HTML(&b, r); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, never := range []string{"<script", "<b>\u202e", "<b>markup", "<i>Plus", " onclick=", "src=", "ZgotmplZ"} {
		if strings.Contains(page, never) {
			t.Errorf("the page has %q", never)
		}
	}
	for _, want := range []string{"rel_0123456789abcdef", "&lt;script&gt;", "The gate says no", "Held back"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
}
