package main

import (
	"log/slog"
	"net/http"
	"slices"
	"testing"

	"switchboard/fallback"
	"switchboard/kb/embed/embedtest"
)

// TestScopeMeaningComesAndGoes: the policy learns from a service over a socket, messages get vectors from it, and once it
// is away they are not waited for.
func TestScopeMeaningComesAndGoes(t *testing.T) {
	srv := embedtest.NewServer(64)
	t.Cleanup(srv.Close)
	w := &parts{log: slog.New(slog.DiscardHandler), config: &config{DataDir: t.TempDir()}}
	w.config.Embed = embedConfig{BaseURL: srv.URL, Model: "stub"}
	getenv := func(string) string { return "" }
	policy, err := loadPolicy(w.config)
	if err != nil {
		t.Fatal(err)
	}
	if policy == fallback.Default() {
		t.Fatal("the shared policy would learn")
	}
	words := policy.Hash()

	srv.Queue(slices.Repeat([]embedtest.Fault{embedtest.Fail(http.StatusUnauthorized)}, 100)...)
	vectorOf, closeAll, err := w.understandScope(t.Context(), policy, getenv)
	closeAll()
	if err != nil || vectorOf != nil || policy.Hash() != words || policy.HasMeaning() || !w.byWordsAlone {
		t.Errorf("down: %v, meaning %v, tried again %v", err, policy.HasMeaning(), w.byWordsAlone)
	}

	up := embedtest.NewServer(64)
	t.Cleanup(up.Close)
	w.config.Embed.BaseURL, w.byWordsAlone = up.URL, false
	vectorOf, closeAll, err = w.understandScope(t.Context(), policy, getenv)
	t.Cleanup(closeAll)
	if err != nil || vectorOf == nil || policy.Hash() == words || !policy.HasMeaning() || w.byWordsAlone {
		t.Fatalf("up: %v, meaning %v, tried again %v", err, policy.HasMeaning(), w.byWordsAlone)
	}
	if v := vectorOf(t.Context(), "my bill, write to [EMAIL_1]"); len(v) != 64 {
		t.Errorf("a message has a vector of %d", len(v))
	}
	up.Queue(embedtest.Fail(http.StatusUnauthorized))
	if v := vectorOf(t.Context(), "my bill"); v != nil {
		t.Error("a vector from a service that refuses")
	}
	asked := len(up.Calls())
	if v := vectorOf(t.Context(), "my bill"); v != nil || len(up.Calls()) != asked {
		t.Error("a service that has just failed is asked again")
	}
}
