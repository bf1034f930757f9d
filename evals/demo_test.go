package evals_test

import (
	"bytes"
	"context"
	"flag"
	"log/slog"
	"os"
	"testing"
	"time"

	"switchboard"
	"switchboard/evals"
	"switchboard/evals/report"
	"switchboard/evals/suites"
	"switchboard/fallback"
	"switchboard/fallback/handoff"
	"switchboard/fallback/privacy"
	"switchboard/gateway"
	"switchboard/gateway/ledger"
	"switchboard/gateway/llm"
	"switchboard/gateway/session"
	"switchboard/gateway/telemetry"
	"switchboard/kb"
	"switchboard/kb/library"
	"switchboard/prompts"
)

var (
	page = flag.String("html", "", "write the report on the demo suite to this file")
	all  = flag.Bool("all", false, "list the cases of the demo suite that passed too")
)

// The shipped suite passes its own thresholds with what the program is when nothing is configured.
func TestTheDemoSuitePassesItsGate(t *testing.T) {
	suite, err := evals.Load(suites.Files, suites.Demo)
	if err != nil {
		t.Fatal(err)
	}
	r, err := evals.Run(t.Context(), suite, demoTarget(t, nil), evals.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	if err := report.Table(&table, r, *all); err != nil {
		t.Fatal(err)
	}
	if *page != "" {
		var html bytes.Buffer
		if err := report.HTML(&html, r); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(*page, html.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("\n%s", table.String())
	if !r.Passed {
		t.Error("the gate says no")
	}
}

// demoTarget is a gateway of real parts: the demo articles, the built-in prompts and policy, quotes instead of a model,
// a ledger in memory, and nobody to hand off to; models may be nil.
func demoTarget(t *testing.T, models llm.Completer) evals.Target {
	t.Helper()
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	store, err := kb.OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	done, err := (&library.Library{Store: store, Dir: dir}).Sync(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := store.Open(t.Context(), done.Snapshot)
	if err != nil {
		t.Fatal(err)
	}
	records, err := ledger.Open(t.Context(), "sqlite://:memory:", ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	nobody, err := handoff.New(handoff.Config{Outbox: records, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = records.Close()
		_ = snapshot.Close()
		_ = store.Close()
	})
	set, policy := prompts.Default(), fallback.Default()
	masker, err := privacy.New(policy.PersonalData()...)
	if err != nil {
		t.Fatal(err)
	}
	release := switchboard.NewRelease(set.Versions(), done.Snapshot, policy.Hash(), "none", time.Time{})
	return evals.NewInProcess(func(now func() time.Time) (evals.Gateway, error) {
		return gateway.New(gateway.Config{
			Journal: records, Courier: nobody, Streams: session.NewMemory(now), Log: log, Now: now,
			Meter: telemetry.New(func() float64 { return 0 }),
		}, &gateway.Runtime{
			Release: release, Prompts: set, Policy: policy, Masker: masker, Knowledge: snapshot,
			Models: models, Quotes: &llm.Extractive{}, Operator: "Vireo", Assistant: "Vireo Assistant",
		}), nil
	}, records)
}

var _ evals.Gateway = (*gateway.Gateway)(nil)

var _ evals.Records = (interface {
	Turn(ctx context.Context, conversation, message string) (switchboard.Turn, error)
})((*ledger.Ledger)(nil))
