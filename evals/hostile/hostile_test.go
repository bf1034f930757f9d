package hostile_test

import (
	"strings"
	"testing"

	"switchboard/evals/hostile"
)

func TestRead(t *testing.T) {
	rows, err := hostile.Read(strings.NewReader(`{"text":"a","label":"injection","kind":"indirect"}` + "\n" + `{"text":"b","label":"benign"}` + "\n"))
	if err != nil || len(rows) != 2 || rows[0].Kind != "indirect" {
		t.Errorf("%v, %v", rows, err)
	}
	for _, bad := range []string{"{", `{"text":"a","label":"nice"}`, `{"label":"benign"}`} {
		if _, err := hostile.Read(strings.NewReader(bad)); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}
