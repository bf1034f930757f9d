package ledger

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

const (
	engineSQLite   = "sqlite"
	enginePostgres = "postgres"
	inMemory       = ":memory:"
)

// busyTimeout is how long a statement waits for another process that writes to the same SQLite file.
const busyTimeout = 5 * time.Second

// target is a parsed ledger URL.
type target struct {
	engine string
	path   string // of SQLite
	sync   string // of SQLite: "normal" or "full"
	dsn    string // of PostgreSQL; it may hold a password
	shown  string // for people: without password
}

// parseURL never repeats the URL in an error: it may hold a password where the mistake is.
func parseURL(raw string) (target, error) {
	scheme, rest, found := strings.Cut(raw, "://")
	if !found {
		return target{}, errors.New(`database URL: want "sqlite://PATH" or "postgres://USER@HOST/DATABASE"`)
	}
	switch scheme {
	case "sqlite":
		return parseSQLite(rest)
	case "postgres", "postgresql":
		u, err := url.Parse(raw)
		if err != nil || u.Host == "" && u.Query().Get("host") == "" {
			return target{}, errors.New(`database URL: want "postgres://USER:PASSWORD@HOST:PORT/DATABASE", ` +
				`special characters in the password as %XX`)
		}
		return target{
			engine: enginePostgres, dsn: raw,
			shown: (&url.URL{Scheme: "postgres", Host: u.Host, Path: u.Path}).String(),
		}, nil
	default:
		return target{}, fmt.Errorf("database URL: unknown scheme %q, want sqlite or postgres", scheme)
	}
}

func parseSQLite(rest string) (target, error) {
	path, rawQuery, _ := strings.Cut(rest, "?")
	t := target{engine: engineSQLite, path: path, sync: "normal", shown: "sqlite://" + path}
	if path == "" {
		return target{}, errors.New(`database URL: sqlite:// needs a path, such as "sqlite://./data/switchboard.db"`)
	}
	values, err := url.ParseQuery(rawQuery)
	if err != nil {
		return target{}, errors.New("database URL: what follows the ? cannot be read")
	}
	for name := range values {
		if name != "sync" {
			return target{}, fmt.Errorf("database URL: unknown option %q, sqlite knows sync=normal and sync=full", name)
		}
		t.sync = values.Get(name)
	}
	if t.sync != "normal" && t.sync != "full" {
		return target{}, fmt.Errorf("database URL: sync=%s is unknown, want normal or full", t.sync)
	}
	return t, nil
}

// pools opens the connections for writing and for reading.
func (t target) pools() (writing, reading *sql.DB, err error) {
	if t.engine == enginePostgres {
		db, err := sql.Open("pgx", t.dsn)
		if err != nil {
			return nil, nil, errors.New("the URL's settings cannot be read") // the driver's words may repeat them
		}
		db.SetMaxOpenConns(16)
		db.SetMaxIdleConns(16)
		db.SetConnMaxIdleTime(5 * time.Minute)
		return db, db, nil
	}
	if t.path == inMemory {
		// Every connection to :memory: is a database of its own, so there is one, and it is never given up.
		db, err := openSQLite(t.sqliteDSN(false), 1)
		return db, db, err
	}
	if err := prepareFile(t.path); err != nil {
		return nil, nil, err
	}
	// SQLite has one writer at a time. One connection that takes the lock when it begins never finds out half-way
	// through that another was first; readers see the last commit meanwhile and never wait.
	if writing, err = openSQLite(t.sqliteDSN(false), 1); err != nil {
		return nil, nil, err
	}
	reading, err = openSQLite(t.sqliteDSN(true), max(4, runtime.GOMAXPROCS(0)))
	return writing, reading, err
}

func openSQLite(dsn string, conns int) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

func (t target) sqliteDSN(readOnly bool) string {
	v := url.Values{"_txlock": {"immediate"}}
	v.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()))
	if t.path == inMemory {
		return inMemory + "?" + v.Encode()
	}
	v.Add("_pragma", "journal_mode(WAL)")
	v.Add("_pragma", "synchronous("+t.sync+")")
	v.Add("_pragma", fmt.Sprintf("wal_autocheckpoint(%d)", checkpointPages))
	v.Add("_pragma", "secure_delete(ON)") // what is erased is overwritten, not only unlinked
	if readOnly {
		v.Add("_pragma", "query_only(ON)")
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: t.path}).EscapedPath(), RawQuery: v.Encode()}).String()
}

// prepareFile makes the database's folder and file readable by their owner alone: they hold what customers said.
func prepareFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the database's folder: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_EXCL, 0o600) //nolint:gosec // the operator's own setting
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("make the database's file: %w", err)
	}
	return f.Close()
}
