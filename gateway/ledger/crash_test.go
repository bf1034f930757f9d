package ledger_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"switchboard"
	"switchboard/gateway/ledger"
)

// crashChild, set to a ledger's URL, makes this binary record turns until it is killed.
const crashChild = "LEDGER_CRASH_CHILD"

// recordUntilKilled prints the id of every turn once it is recorded. Several goroutines record at once, so that the
// kill meets batches of all sizes.
func recordUntilKilled(url string) {
	ctx := context.Background()
	l, err := ledger.Open(ctx, url, ledger.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("ready")
	for worker := range 8 {
		go func() {
			for {
				id := switchboard.NewID("msg", time.Now())
				t := switchboard.Turn{
					ConversationID: fmt.Sprintf("conv_%d", worker), ID: id, StartedAt: time.Now(),
					Attempts: []switchboard.Attempt{{Model: fmt.Sprintf("m%d", worker%2), Cost: 3}},
				}
				if err := l.Record(ctx, t); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				fmt.Fprintln(os.Stdout, id) // one write, unbuffered
			}
		}()
	}
	select {}
}

// TestKilled kills a recording process with SIGKILL at random moments and finds every turn that it said was recorded.
func TestKilled(t *testing.T) {
	url := inFile(t)
	l, err := ledger.Open(t.Context(), url, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for worker := range 8 {
		c := switchboard.Conversation{ID: fmt.Sprintf("conv_%d", worker), CreatedAt: time.Now()}
		if err := l.OpenConversation(t.Context(), c, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	began, said := time.Now(), map[string]bool{}
	for range 20 {
		for _, id := range killedWhileRecording(t, url) {
			if said[id] {
				t.Errorf("%s was recorded twice", id)
			}
			said[id] = true
		}
	}
	if l, err = ledger.Open(t.Context(), url, ledger.Options{}); err != nil {
		t.Fatalf("the file does not open: %v", err)
	}
	defer l.Close() //nolint:errcheck // it only reads from here on
	kept := map[string]int{}
	for worker := range 8 {
		c, err := l.Transcript(t.Context(), fmt.Sprintf("conv_%d", worker))
		if err != nil {
			t.Fatal(err)
		}
		for _, turn := range c.Turns {
			kept[turn.ID]++
		}
	}
	checkSpend(t, l, began, len(kept))
	for id := range said {
		if kept[id] != 1 {
			t.Errorf("%s was said to be recorded and is there %d times", id, kept[id])
		}
	}
	if len(said) == 0 {
		t.Error("nothing was recorded before any kill")
	}
	t.Logf("%d turns were said to be recorded, %d are there", len(said), len(kept))
}

// checkSpend: the sums are of exactly the turns that are there.
func checkSpend(t *testing.T, l *ledger.Ledger, began time.Time, turns int) {
	t.Helper()
	var calls, cost int64
	months := map[string]bool{switchboard.Month(began): true, switchboard.Month(time.Now()): true}
	for month := range months {
		rows, err := l.Spend(t.Context(), month)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			calls, cost = calls+row.Calls, cost+int64(row.Cost)
		}
	}
	if calls != int64(turns) || cost != 3*int64(turns) {
		t.Errorf("%d turns are there, and the sums are of %d calls at %d", turns, calls, cost)
	}
}

// killedWhileRecording returns the ids that a child printed before it was killed.
func killedWhileRecording(t *testing.T, url string) []string {
	t.Helper()
	cmd := exec.Command(os.Args[0]) //nolint:gosec // this binary
	cmd.Env = append(os.Environ(), crashChild+"="+url)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "ready" {
		t.Fatalf("the child did not start: %q", lines.Text())
	}
	timer := time.AfterFunc(time.Duration(rand.IntN(60_000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	var ids []string
	for lines.Scan() {
		ids = append(ids, lines.Text())
	}
	_ = cmd.Wait()
	return ids
}
