package drill_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"switchboard/evals/drill"
)

var binary string

// TestMain builds the gateway.
func TestMain(m *testing.M) { os.Exit(withBinary(m.Run)) }

func withBinary(run func() int) int {
	dir, err := os.MkdirTemp("", "drill")
	if err == nil {
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "switchboard")
		var out []byte
		out, err = exec.Command("go", "build", "-tags", "nomsgpack", "-o", binary, "switchboard/cmd/switchboard").CombinedOutput()
		if err != nil {
			err = fmt.Errorf("go build: %w\n%s", err, out)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return run()
}

// TestFaults is the whole table: no row of it may be one that a customer would complain of.
func TestFaults(t *testing.T) {
	t.Parallel()
	rows, err := drill.FaultRun{Binary: binary, Dir: t.TempDir()}.Run(t.Context())
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

func rig(t *testing.T) drill.Rig { return drill.Rig{Binary: binary, Dir: t.TempDir(), Log: t.Logf} }

// passed shows a report and fails where something in it is wrong.
func passed(t *testing.T, r interface{ Print(io.Writer) error }, wrong []string, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := r.Print(&text); err != nil {
		t.Fatal(err)
	}
	t.Log(text.String())
	if len(wrong) > 0 {
		t.Error(wrong)
	}
}

// TestKill: what a customer has seen to its end is in the ledger after kill -9, once.
func TestKill(t *testing.T) {
	t.Parallel()
	r, err := drill.Kill{Rig: rig(t), Rounds: 5, AtOnce: 8}.Run(t.Context())
	passed(t, r, r.Wrong, err)
}

// TestHandoff: no request for a person is lost, doubled or promised too early, whatever the other side does.
func TestHandoff(t *testing.T) {
	t.Parallel()
	r, err := drill.Handoff{Rig: rig(t), Runs: 300, Kills: 6, AtOnce: 16}.Run(t.Context())
	passed(t, r, r.Wrong, err)
	if len(r.Modes) < 8 {
		t.Errorf("the other side did %v: not everything was tried", r.Modes)
	}
}

// TestSoak: nothing stays behind of turns with faults and of customers who leave.
func TestSoak(t *testing.T) {
	t.Parallel()
	r, err := drill.Soak{Rig: rig(t), Turns: 600, AtOnce: 32, Faulty: .3, Leave: .2}.Run(t.Context())
	passed(t, r, r.Wrong, err)
	if r.Left == 0 || len(r.Outcomes) < 8 {
		t.Errorf("%d customers left, outcomes are %v: nothing was tried", r.Left, r.Outcomes)
	}
}

// TestOverload: what does not fit is refused at once, with a time to come back at; what is let in is answered.
func TestOverload(t *testing.T) {
	t.Parallel()
	r, err := drill.Overload{
		Rig: rig(t), Places: 4, FirstToken: 200 * time.Millisecond, Times: 6, For: 3 * time.Second, SlowReaders: 3, Deadline: time.Minute,
	}.Run(t.Context())
	passed(t, r, r.Wrong, err)
}

// TestOutage: when the primary model dies under load, no turn fails, and nobody pays twice.
func TestOutage(t *testing.T) {
	t.Parallel()
	o := drill.Outage{Rig: rig(t), Mode: "refuse", Rate: 20, For: 2 * time.Second, FirstToken: 20 * time.Millisecond}
	r, err := o.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]drill.Figures{"before": r.Before, "first": r.First, "later": r.Later, "back": r.Back} {
		if len(f.Failed) > 0 {
			t.Errorf("%s: %s", name, f)
		}
	}
	if r.Returned < 0 || r.CallsPerTurn > 1.3 { // of few turns, a retry counts for more
		t.Errorf("returned after %s, %.2f calls a turn", r.Returned, r.CallsPerTurn)
	}
}
