//go:build embeddings

package embed

import (
	"math"
	"os"
	"strings"
	"testing"
	"time"
)

// These tests run against a real model: `make test-embeddings`, or deploy/embeddings/run.sh.

func live(t *testing.T, base64 bool) *Embedder {
	t.Helper()
	url := os.Getenv("SWITCHBOARD_EMBEDDINGS_BASE_URL")
	if url == "" {
		t.Fatal("SWITCHBOARD_EMBEDDINGS_BASE_URL is not set: run this through deploy/embeddings/run.sh")
	}
	e, err := New(Config{
		BaseURL: url, Model: os.Getenv("SWITCHBOARD_EMBEDDINGS_MODEL"), Base64: base64, BatchTexts: 2, Timeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// TestLiveSimilarities: the model is the one that it is said to be. The numbers are those that the authors of
// sentence-transformers publish for these sentences.
func TestLiveSimilarities(t *testing.T) {
	sentences := []string{"The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."}
	for _, base64 := range []bool{false, true} {
		v, err := live(t, base64).Documents(t.Context(), sentences)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			i, j int
			want float64
		}{{0, 0, 1}, {0, 1, 0.6660}, {0, 2, 0.1046}, {1, 2, 0.1411}} {
			got := 0.0
			for n, x := range v[c.i] {
				got += float64(x) * float64(v[c.j][n])
			}
			if len(v[c.i]) != 384 || math.Abs(got-c.want) > 1e-4 {
				t.Errorf("sentences %d and %d: %.4f, want %.4f", c.i, c.j, got, c.want)
			}
		}
	}
}

// TestLiveLongText: what is longer than the model reads is cut, not refused, and other scripts are read.
func TestLiveLongText(t *testing.T) {
	v, err := live(t, false).Documents(t.Context(), []string{strings.Repeat("roaming ", 5000), "πόσο κοστίζει", "漢字", "🙂"})
	if err != nil || len(v) != 4 {
		t.Errorf("%d vectors, %v", len(v), err)
	}
}

// TestLiveCached: a second process embeds nothing again.
func TestLiveCached(t *testing.T) {
	dir, e := t.TempDir(), live(t, false)
	texts := []string{"How much is roaming in Spain?", "Where is my bill?"}
	if _, err := openCache(t, e, dir, 0).Documents(t.Context(), texts, nil); err != nil {
		t.Fatal(err)
	}
	nowhere, err := New(Config{BaseURL: e.cfg.BaseURL, Model: e.cfg.Model})
	if err != nil {
		t.Fatal(err)
	}
	nowhere.up.attempts, nowhere.up.timeout = 1, time.Nanosecond
	if _, err := openCache(t, nowhere, dir, 0).Documents(t.Context(), texts, nil); err != nil {
		t.Error(err)
	}
}
