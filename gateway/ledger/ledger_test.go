package ledger_test

import (
	"os"
	"path/filepath"
	"testing"

	"switchboard/gateway/ledger/ledgertest"
	"switchboard/gateway/testserver"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(crashChild); url != "" {
		recordUntilKilled(url)
	}
	os.Exit(testserver.Run(m))
}

func inMemory(testing.TB) string { return "sqlite://:memory:" }

func inFile(t testing.TB) string {
	return "sqlite://" + filepath.Join(t.TempDir(), "data", "ledger.db")
}

func TestSQLite(t *testing.T) { ledgertest.Run(t, inFile) }

func TestSQLiteInMemory(t *testing.T) { ledgertest.Run(t, inMemory) }

func TestPostgres(t *testing.T) { ledgertest.Run(t, testserver.Postgres) }

func BenchmarkSQLite(b *testing.B) { ledgertest.Bench(b, inFile) }

func BenchmarkSQLiteSyncFull(b *testing.B) {
	ledgertest.Bench(b, func(t testing.TB) string { return inFile(t) + "?sync=full" })
}

func BenchmarkPostgres(b *testing.B) { ledgertest.Bench(b, testserver.Postgres) }
