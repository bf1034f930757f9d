package ledger

import (
	"strings"
	"testing"
)

func FuzzParseURL(f *testing.F) {
	for _, seed := range []string{
		"sqlite://./x.db?sync=full", "sqlite://:memory:", "postgres://me:s3cret@h:1/d?sslmode=disable", "postgres://%", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		t1, err := parseURL(raw)
		if err != nil {
			if _, rest, found := strings.Cut(raw, "://"); found && len(rest) > 12 && strings.Contains(err.Error(), rest) {
				t.Errorf("the error %q repeats the URL", err)
			}
			return
		}
		if t1.shown == "" || t1.engine != engineSQLite && t1.engine != enginePostgres {
			t.Errorf("%q became %+v", raw, t1)
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add(int64(0), "conv_1")
	f.Add(int64(-1), "a.b")
	f.Fuzz(func(t *testing.T, at int64, id string) {
		gotAt, gotID, err := parseCursor(cursor(at, id))
		if err != nil || gotAt != at || gotID != clean(id) {
			t.Errorf("%d %q came back as %d %q, error %v", at, id, gotAt, gotID, err)
		}
		_, _, _ = parseCursor(id)
	})
}
