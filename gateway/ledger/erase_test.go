package ledger

import (
	"slices"
	"testing"
)

// TestErasuresReachEveryTable: a table that says to which conversation a row belongs is one that erasures reach.
func TestErasuresReachEveryTable(t *testing.T) {
	l, err := Open(t.Context(), "sqlite://:memory:", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // nothing is written
	rows, err := l.writing.QueryContext(t.Context(), `SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.name = 'conversation_id' ORDER BY m.name`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // read to its end
	var reached []string
	for _, e := range erasures {
		reached = append(reached, e.where)
	}
	n := 0
	for ; rows.Next(); n++ {
		var table string
		if err := rows.Scan(&table); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(reached, table) {
			t.Errorf("an erasure leaves what table %s has of a conversation: add it to erasures", table)
		}
	}
	if err := rows.Err(); err != nil || n < 5 {
		t.Errorf("%d tables were looked at, %v", n, err)
	}
}
