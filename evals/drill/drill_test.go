package drill_test

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/evals/drill"
)

// binary builds the gateway once for a test.
func binary(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "switchboard")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "nomsgpack", "-o", path, "switchboard/cmd/switchboard")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// TestFaults is the whole table: no row of it may be one that a customer would complain of.
func TestFaults(t *testing.T) {
	t.Parallel()
	rows, err := drill.FaultRun{Binary: binary(t), Dir: t.TempDir()}.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	bad := 0
	for _, r := range rows {
		if !r.OK() {
			bad++
		}
	}
	if err := drill.PrintRows(&table, rows); err != nil {
		t.Fatal(err)
	}
	if bad > 0 || len(drill.Faults()) < 30 {
		t.Error(table.String())
	}
}
