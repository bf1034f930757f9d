package kb

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard"
)

func on(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestNormalize(t *testing.T) {
	d := Document{
		ID: " a ", Title: "Two\n lines ", Lang: "en-GB", Audience: " Business", Body: "Cafe\u0301\r\nnext  \r\n\n",
		ValidFrom:  time.Date(2026, 3, 1, 23, 30, 0, 0, time.FixedZone("", -5*3600)),
		Supersedes: []string{"z", "b", " z", ""},
	}.Normalize()
	if d.ID != "a" || d.Title != "Two lines" || d.Lang != "en" || d.Audience != "business" || d.Body != "Café\nnext" {
		t.Errorf("got %+v", d)
	}
	if !d.ValidFrom.Equal(on("2026-03-01")) {
		t.Errorf("ValidFrom = %v, want the day of its own time zone", d.ValidFrom)
	}
	if !slices.Equal(d.Supersedes, []string{"b", "z"}) {
		t.Errorf("Supersedes = %q", d.Supersedes)
	}
	if empty := (Document{}).Normalize(); empty.Lang != "en" || empty.Audience != AudiencePublic {
		t.Errorf("defaults = %+v", empty)
	}
}

func TestCheckAll(t *testing.T) {
	fine := Document{ID: "a", Title: "T", Body: "B"}
	with := func(change func(*Document)) Document { d := fine; change(&d); return d }
	for _, c := range []struct {
		name string
		docs []Document
		want string // part of the error; "" = none
	}{
		{"fine", []Document{fine}, ""},
		{"title alone", []Document{{ID: "a", Title: "T"}}, ""},
		{"no id", []Document{with(func(d *Document) { d.ID = "" })}, "no id"},
		{"long id", []Document{with(func(d *Document) { d.ID = strings.Repeat("x", 300) })}, "longer than"},
		{"nothing said", []Document{{ID: "a"}}, "no title and no text"},
		{"invalid UTF-8", []Document{with(func(d *Document) { d.Body = "\xff" })}, "UTF-8"},
		{"null byte", []Document{with(func(d *Document) { d.Body = "a\x00b" })}, "null byte"},
		{"language", []Document{with(func(d *Document) { d.Lang = "English please" })}, "language tag"},
		{"dates", []Document{with(func(d *Document) {
			d.ValidFrom, d.ValidTo = on("2026-02-01"), on("2026-01-31")
		})}, "before valid_from"},
		{"one day", []Document{with(func(d *Document) { d.ValidFrom, d.ValidTo = on("2026-02-01"), on("2026-02-01") })}, ""},
		{"twice", []Document{fine, fine}, "occurs twice"},
		{"itself", []Document{with(func(d *Document) { d.Supersedes = []string{"a"} })}, "supersedes itself"},
		{"circle", []Document{
			{ID: "a", Title: "T", Supersedes: []string{"b"}}, {ID: "b", Title: "T", Supersedes: []string{"c"}},
			{ID: "c", Title: "T", Supersedes: []string{"a"}},
		}, "a > b > c > a"},
		{"unknown old one", []Document{with(func(d *Document) { d.Supersedes = []string{"gone"} })}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i := range c.docs {
				c.docs[i] = c.docs[i].Normalize()
			}
			err := CheckAll(c.docs)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("err = %v, want %q", err, c.want)
			}
		})
	}
}

func TestSnapshotIDIsContent(t *testing.T) {
	store, err := OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	a := Document{ID: "a", Title: "A", Body: "one"}
	b := Document{ID: "b", Title: "B", Body: "two", Lang: "es", ValidTo: on("2026-12-31")}
	id := func(docs ...Document) string {
		t.Helper()
		out, err := store.Preview(t.Context(), "", Change{Put: docs})
		if err != nil {
			t.Fatal(err)
		}
		return out.ID
	}
	want := id(a, b)
	if !validName(want, idPrefix) {
		t.Errorf("id %q", want)
	}
	// Written down so that a change of the canonical form cannot go unnoticed: see formatVersion.
	if golden := "kb_f9cb29a8e09a2603"; want != golden {
		t.Errorf("id = %s, was %s", want, golden)
	}
	if got := id(b, a); got != want {
		t.Error("the order of documents changes the id")
	}
	crlf := a
	crlf.Body, crlf.Lang = "one\r\n", "en-US"
	if got := id(crlf, b); got != want {
		t.Error("line ends change the id")
	}
	other := a
	other.Owner = "somebody"
	if id(other, b) == want {
		t.Error("another owner, the same id")
	}
	if a.Hash() == b.Hash() || a.Hash() != crlf.Hash() {
		t.Error("Hash does not follow content")
	}
	if _, err := store.Preview(t.Context(), "", Change{}); !errors.Is(err, switchboard.InvalidField) {
		t.Errorf("no documents: %v", err)
	}
}
