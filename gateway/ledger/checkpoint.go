package ledger

import (
	"context"
	"database/sql"
	"time"
)

const (
	// checkpointEvery is how often SQLite's write-ahead log is moved into the database while turns are recorded.
	checkpointEvery = time.Second
	// longLog is how long the log may grow, in pages of 4 KiB, until recording waits for the rest of a move: only then can
	// the log begin anew. 64 MiB.
	longLog = 16384
	// checkpointPages is after how many pages the connection that writes moves the log itself, if nobody else has: 256 MiB.
	checkpointPages = 65536
	checkpointIn    = time.Minute
)

// checkpoint moves the log until Close. Who moves it waits for the disk, for tens of milliseconds where that is slow, and
// so it is not the connection that turns wait for: SQLite moves pages beside a writer.
func (l *Ledger) checkpoint() {
	defer l.writer.Done()
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	var moved int64
	for {
		select {
		case <-l.closing:
			return
		case <-tick.C:
		}
		if commits := l.commits.Load(); commits != moved {
			moved = commits
			l.moveLog()
		}
	}
}

// moveLog moves what is in the log, and what has come meanwhile where the log has grown long.
func (l *Ledger) moveLog() {
	ctx, cancel := context.WithTimeout(context.Background(), checkpointIn)
	defer cancel()
	pages, err := moveWith(ctx, l.reading)
	if err == nil && pages > longLog {
		_, err = moveWith(ctx, l.writing)
	}
	if err != nil {
		l.log.Warn("the write-ahead log is not moved into the database", "error", err)
	}
}

// moveWith returns how many pages the log has.
func moveWith(ctx context.Context, db *sql.DB) (pages int, err error) {
	var busy, moved int
	err = db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &pages, &moved)
	return pages, err
}
