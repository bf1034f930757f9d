package ledger

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"switchboard"
	"switchboard/gateway/ledger/internal/query"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Options are what Open can be told. The zero value serves.
type Options struct {
	Log *slog.Logger     // nothing is logged without one
	Now func() time.Time // defaults to time.Now; timestamps of records that bring none
}

// Ledger is an open ledger. It is safe for concurrent use, by goroutines and, on a file or a server, by processes.
//
// Methods that name a conversation, turn, handoff or key return switchboard.NotFound where there is none, or where it
// has been erased; a database that cannot be reached is switchboard.Unavailable. A method whose context ends returns
// the context's error.
type Ledger struct {
	target  target
	log     *slog.Logger
	now     func() time.Time
	writing *sql.DB
	reading *sql.DB // the same as writing but for SQLite in a file
	w, r    *query.Queries

	records   chan *pendingRecord // unbuffered: what has been sent has been taken by the writer, also while closing
	closing   chan struct{}
	closeOnce sync.Once
	writer    sync.WaitGroup
	commits   atomic.Int64 // so far
}

// Open opens the ledger at url and brings its schema up to date. The forms of url:
//
//	sqlite://./data/switchboard.db          a file; its folder is made where it is missing
//	sqlite://./data/switchboard.db?sync=full
//	sqlite://:memory:                       gone when it is closed; for evals and tests
//	postgres://user:password@host/database
//
// In SQLite a returned Record survives the end of the process, kill -9 included: the write-ahead log is in the
// operating system's hands by then. It survives a loss of power only with sync=full, which waits for the disk at every
// commit. Errors never show a password.
func Open(ctx context.Context, url string, o Options) (*Ledger, error) {
	t, err := parseURL(url)
	if err != nil {
		return nil, err
	}
	l := &Ledger{
		target: t, log: o.Log, now: o.Now,
		records: make(chan *pendingRecord), closing: make(chan struct{}),
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if l.now == nil {
		l.now = time.Now
	}
	if err := l.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger %s: %w", t.shown, err), l.closePools())
	}
	l.writer.Add(1)
	go l.write()
	if l.reading != l.writing {
		l.writer.Add(1)
		go l.checkpoint()
	}
	return l, nil
}

func (l *Ledger) open(ctx context.Context) (err error) {
	if l.writing, l.reading, err = l.target.pools(); err != nil {
		return err
	}
	if err = l.reach(ctx); err != nil {
		return switchboard.Errorf(switchboard.Unavailable, "the database cannot be reached").Because(err)
	}
	if err = l.migrate(ctx); err != nil {
		return err
	}
	if l.w, err = query.Prepare(ctx, l.writing); err != nil {
		return fmt.Errorf("prepare statements: %w", err)
	}
	l.r = l.w
	if l.reading != l.writing {
		if l.r, err = query.Prepare(ctx, l.reading); err != nil {
			return fmt.Errorf("prepare statements: %w", err)
		}
	}
	return nil
}

// reach connects for the first time. A new SQLite file is switched to its write-ahead log then, for which SQLite does not
// wait where another process is doing the same.
func (l *Ledger) reach(ctx context.Context) error {
	for try := 1; ; try++ {
		err := l.writing.PingContext(ctx)
		var busy *sqlite.Error
		if err == nil || try == 50 || !errors.As(err, &busy) || busy.Code() != sqlite3.SQLITE_BUSY {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Close records what is under way, stops the writer and closes the database. Records that come later are refused as
// switchboard.Unavailable. Closing twice does no harm.
func (l *Ledger) Close() error {
	var err error
	l.closeOnce.Do(func() {
		close(l.closing)
		l.writer.Wait()
		err = errors.Join(l.w.Close(), l.closeReader(), l.closePools())
	})
	return err
}

func (l *Ledger) closeReader() error {
	if l.r == l.w {
		return nil
	}
	return l.r.Close()
}

func (l *Ledger) closePools() error {
	var err error
	if l.reading != nil && l.reading != l.writing {
		err = l.reading.Close()
	}
	if l.writing != nil {
		err = errors.Join(err, l.writing.Close())
	}
	return err
}

// Ping reports whether the ledger can be read, for readiness.
func (l *Ledger) Ping(ctx context.Context) error {
	if _, err := l.r.OutboxPending(ctx); err != nil {
		return failed("ping", err)
	}
	return nil
}

// Status says where the ledger is and which version its schema has.
type Status struct {
	Engine   string `json:"engine"`   // "sqlite" or "postgres"
	Location string `json:"location"` // without password
	Version  int64  `json:"version"`  // of the schema as it is
	Latest   int64  `json:"latest"`   // of the schema that this program brings
}

// Status reads the schema's version. Open has migrated by then, so Version is behind Latest only if someone went back.
func (l *Ledger) Status(ctx context.Context) (Status, error) {
	p, err := l.provider()
	if err != nil {
		return Status{}, err
	}
	version, err := p.GetDBVersion(ctx)
	if err != nil {
		return Status{}, failed("read the schema's version", err)
	}
	sources := p.ListSources()
	return Status{
		Engine: l.target.engine, Location: l.target.shown, Version: version, Latest: sources[len(sources)-1].Version,
	}, nil
}

func (l *Ledger) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if l.target.engine == engineSQLite {
		return goose.NewProvider(goose.DialectSQLite3, l.writing, files)
	}
	// Instances that start together wait for each other: half a second at a time, for a minute.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, l.writing, files, goose.WithSessionLocker(locker))
}

// migrate brings the schema up to date. SQLite has no lock around several migrations: where another process was
// quicker, a migration fails for being there already, and the next look finds nothing left to do.
func (l *Ledger) migrate(ctx context.Context) error {
	p, err := l.provider()
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		_, err = p.Up(ctx)
		if err == nil {
			return nil
		}
		if try == 5 || ctx.Err() != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		l.log.Info("another process is migrating the ledger", "try", try)
	}
}
