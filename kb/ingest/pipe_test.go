//go:build unix

package ingest

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// To open a pipe waits for somebody who writes into it, for ever.
func TestPipesAreNotWaitedFor(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe.md")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "fine.md"), []byte("Text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{dir: 1, pipe: 0} {
		done := make(chan struct{})
		go func() {
			defer close(done)
			result, err := Read(t.Context(), Source{Paths: []string{path}}, Options{})
			docs, rejected := result.Documents, result.Rejected
			if err != nil || len(docs) != want || len(rejected) != 1 || !strings.Contains(rejected[0].Reason, "no regular file") {
				t.Errorf("%s: %d documents, rejected %v, error %v", path, len(docs), rejected, err)
			}
		}()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			t.Fatalf("%s is still waited for", path)
		}
	}
}
