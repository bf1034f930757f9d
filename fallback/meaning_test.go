package fallback_test

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"switchboard"
	"switchboard/fallback"
	"switchboard/kb/embed"
	"switchboard/kb/embed/embedtest"
)

// meant is the client that a server uses, against a service of the test's.
type meant struct{ *embed.Embedder }

func (m meant) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	return m.Documents(ctx, texts)
}

func newMeant(t *testing.T, faults ...embedtest.Fault) meant {
	t.Helper()
	srv := embedtest.NewServer(256)
	t.Cleanup(srv.Close)
	srv.Queue(faults...)
	e, err := embed.New(embed.Config{BaseURL: srv.URL, Model: "stub"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return meant{e}
}

func loadMeaning(t *testing.T) *fallback.Policy {
	t.Helper()
	p, err := fallback.Load(fallback.DefaultYAML()) // not the shared one: it learns
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestScopeByMeaning: a message of no word that training knew is judged by where its vector lies.
func TestScopeByMeaning(t *testing.T) {
	e := newMeant(t)
	words, p := fallback.Default(), loadMeaning(t)
	if err := p.UseMeaning(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if !p.HasMeaning() || p.Hash() == words.Hash() {
		t.Errorf("meaning %v, hash %s", p.HasMeaning(), p.Hash())
	}
	// The stub knows no synonyms: the vector is of what the message could mean.
	scope := func(p *fallback.Policy, text, means string) float64 {
		in := fallback.RouteInput{Text: switchboard.Masked(text), Lang: "en"}
		if means != "" {
			v, err := e.Embed(t.Context(), []string{means})
			if err != nil {
				t.Fatal(err)
			}
			in.Vector = v[0]
		}
		return p.Route(in).Scope
	}
	const unknown = "facturación zzyzx"
	in, out := scope(p, unknown, "How much is roaming in Switzerland?"), scope(p, unknown, "Write me a poem about the sea")
	if in < out+0.05 {
		t.Errorf("scope by meaning: %.3f in, %.3f out", in, out)
	}
	if a, b := scope(p, unknown, ""), scope(words, unknown, ""); a != b {
		t.Errorf("without a vector %.3f, by words %.3f", a, b)
	}
	if a, b := scope(words, unknown, "Write me a poem"), scope(words, unknown, ""); a != b {
		t.Errorf("no meaning was learned, but the vector counts: %.3f, %.3f", a, b)
	}
	wrong := fallback.RouteInput{Text: unknown, Lang: "en", Vector: []float32{1, 2}}
	if a, b := p.Route(wrong).Scope, scope(words, unknown, ""); a != b {
		t.Errorf("a vector of another length: %.3f, by words %.3f", a, b)
	}
}

// TestScopeWhereNothingIsEmbedded: a service that fails leaves the policy as it was.
func TestScopeWhereNothingIsEmbedded(t *testing.T) {
	words, p := fallback.Default(), loadMeaning(t)
	for name, fault := range map[string]embedtest.Fault{
		"refused": embedtest.Fail(http.StatusUnauthorized),
		"too few": embedtest.Edit(func(e *embedtest.Embeddings) { e.Data = e.Data[:1] }),
	} {
		if err := p.UseMeaning(t.Context(), newMeant(t, slices.Repeat([]embedtest.Fault{fault}, 100)...)); err == nil {
			t.Fatalf("%s: no error", name)
		}
		in := fallback.RouteInput{Text: "my bill abroad", Lang: "en", Vector: make([]float32, 256)}
		if p.HasMeaning() || p.Hash() != words.Hash() || p.Route(in).Scope != words.Route(in).Scope {
			t.Errorf("%s: meaning %v, hash %s, %s", name, p.HasMeaning(), p.Hash(), words.Hash())
		}
	}
}
