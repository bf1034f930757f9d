package ledger

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"switchboard"
)

// TestTheLogIsMoved: the write-ahead log is moved into the database beside the turns that are recorded, by whoever reads,
// and once it has grown long it begins anew.
func TestTheLogIsMoved(t *testing.T) {
	l, err := Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "ledger.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // the test is over
	record := func(n int) {
		t.Helper()
		for i := range n {
			c := switchboard.Conversation{ID: switchboard.NewID("conv", time.Now()), CreatedAt: time.Now()}
			turn := switchboard.Turn{Opens: &c, ID: switchboard.NewID("msg", time.Now()), StartedAt: time.Now(), Question: switchboard.Masked(fmt.Sprint(i))}
			if err := l.Record(t.Context(), turn); err != nil {
				t.Fatal(err)
			}
		}
	}
	moved := func() (pages, done int) {
		t.Helper()
		var busy int
		if err := l.reading.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &pages, &done); err != nil {
			t.Fatal(err)
		}
		return pages, done
	}
	record(50)
	l.moveLog()
	if pages, done := moved(); done != pages || pages == 0 {
		t.Errorf("%d of %d pages are moved", done, pages)
	}
	before, _ := moved()
	record(1)
	if after, _ := moved(); after >= before {
		t.Errorf("the log has %d pages, and does not begin anew after %d", after, before)
	}
}
