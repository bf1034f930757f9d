package ledger_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/gateway/ledger"
)

func TestOpenErrors(t *testing.T) {
	notAFolder := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(notAFolder, bytes.Repeat([]byte("not a database "), 10), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ url, want string }{
		{"", "database URL"},
		{"data/x.db", "sqlite://PATH"},
		{"mysql://root:s3cret@host/db", `unknown scheme "mysql"`},
		{"sqlite://", "needs a path"},
		{"sqlite://x.db?sync=maybe", "sync=maybe"},
		{"sqlite://x.db?journal=off", `unknown option "journal"`},
		{"sqlite://x.db?%zz", "cannot be read"},
		{"sqlite://" + notAFolder + "/x.db", "folder"},
		{"sqlite://" + notAFolder, "not a database"},
		{"postgres://", "want \"postgres://"},
		{"postgres://me:s3cret%@host/db", "%XX"},
		{"postgres://me:s3cret@127.0.0.1:1/db?connect_timeout=2", "cannot be reached"},
		{"postgres://me:s3cret@127.0.0.1:port/db", "%XX"},
		{"postgres://me:s3cret@127.0.0.1/db?sslmode=s3cret", ""},
	} {
		l, err := ledger.Open(t.Context(), test.url, ledger.Options{})
		if err == nil {
			_ = l.Close()
			t.Errorf("%q was opened", test.url)
			continue
		}
		if !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), ":s3cret") {
			t.Errorf("%q: error %q, want %q and no password", test.url, err, test.want)
		}
	}
	if _, err := os.Stat("x.db"); !errors.Is(err, os.ErrNotExist) {
		t.Error("a refused URL made a file")
	}
}

func TestFileIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "ledger ü#%.db")
	l, err := ledger.Open(t.Context(), "sqlite://"+path, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // nothing is in it
	for name, want := range map[string]os.FileMode{filepath.Dir(path): 0o700, path: 0o600} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o, want %o", name, info.Mode().Perm(), want)
		}
	}
}

// TestErasedBytesAreGone looks for what a customer said in the database's files.
func TestErasedBytesAreGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l, err := ledger.Open(t.Context(), "sqlite://"+path, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // it is only read from here on
	const said = "my neighbour's parrot knows the PIN"
	opens := &switchboard.Conversation{ID: "conv_1", CreatedAt: time.Now(), Context: map[string]string{"page": said}}
	turn := switchboard.Turn{ID: "msg_1", Opens: opens, Question: said, Answer: switchboard.Answer{Text: said}}
	if err := l.Record(t.Context(), turn); err != nil {
		t.Fatal(err)
	}
	if err := l.CSAT(t.Context(), "conv_1", switchboard.CSAT{Score: 1, Comment: said}); err != nil {
		t.Fatal(err)
	}
	request := switchboard.HandoffRequest{Reference: "H-1", ConversationID: "conv_1", Contact: said}
	if _, err := l.RequestHandoff(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if !fileHas(t, path, said) {
		t.Fatal("the words are not in the files before the erasure, so looking for them proves nothing")
	}
	if _, err := l.Erase(t.Context(), "conv_1"); err != nil {
		t.Fatal(err)
	}
	if fileHas(t, path, said) {
		t.Error("the words are still in the files")
	}
}

func fileHas(t *testing.T, path, words string) bool {
	t.Helper()
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(words)) {
			return true
		}
	}
	return false
}
