package fallback

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Change is one thing that differs between two policy files.
type Change struct {
	Change string `json:"change"` // added, removed, changed, or moved where only the order differs
	Where  string `json:"where"`  // "topics.roaming.examples.en"
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
}

// Diff lists what the second of two policy files changes, in the order of their keys. Both must be well formed. What a
// file leaves unsaid counts as unsaid, not as its default.
func Diff(from, to []byte) ([]Change, error) {
	a, err := untyped(from)
	if err != nil {
		return nil, fmt.Errorf("the first file: %w", err)
	}
	b, err := untyped(to)
	if err != nil {
		return nil, fmt.Errorf("the second file: %w", err)
	}
	d := differences{}
	d.maps("", a, b)
	return d.list, nil
}

// DiffExamples lists what the second of two lists of examples changes, by label.
func DiffExamples(from, to []Example) []Change {
	d := differences{}
	d.maps("", byLabel(from), byLabel(to))
	return d.list
}

func byLabel(examples []Example) map[string]any {
	out := map[string]any{}
	for _, e := range examples {
		list, _ := out[e.Label].([]any)
		out[e.Label] = append(list, e.Text)
	}
	return out
}

func untyped(data []byte) (map[string]any, error) {
	_, root, err := decode(data)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	if err := root.Decode(&out); err != nil {
		return nil, problems(err)
	}
	return out, nil
}

type differences struct{ list []Change }

func (d *differences) add(change, where, from, to string) {
	d.list = append(d.list, Change{change, where, from, to})
}

func (d *differences) maps(where string, a, b map[string]any) {
	for _, k := range unionOf(a, b) {
		at := k
		if where != "" {
			at = where + "." + k
		}
		av, aok := a[k]
		bv, bok := b[k]
		d.values(at, av, bv, aok, bok)
	}
}

func unionOf(a, b map[string]any) []string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

// values compares two values. What stands on one side alone is compared with an empty one of its kind, so that all it
// holds is listed.
func (d *differences) values(where string, a, b any, aok, bok bool) {
	am, aMap := a.(map[string]any)
	bm, bMap := b.(map[string]any)
	as, aList := a.([]any)
	bs, bList := b.([]any)
	switch {
	case (aMap || !aok) && (bMap || !bok) && len(am)+len(bm) > 0:
		d.maps(where, am, bm)
	case (aList || !aok) && (bList || !bok) && len(as)+len(bs) > 0:
		d.lists(where, as, bs)
	case !aok:
		d.add("added", where, "", shown(b))
	case !bok:
		d.add("removed", where, shown(a), "")
	case shown(a) != shown(b):
		d.add("changed", where, shown(a), shown(b))
	}
}

// lists compares by content. Things with an id, the topics, are compared with those of the same id.
func (d *differences) lists(where string, a, b []any) {
	before := len(d.list)
	an, akeys := withIDs(a)
	bn, bkeys := withIDs(b)
	if an != nil && bn != nil {
		for _, k := range unionOf(an, bn) {
			switch {
			case an[k] == nil:
				d.add("added", where+"."+k, "", "")
			case bn[k] == nil:
				d.add("removed", where+"."+k, "", "")
			}
			am, _ := an[k].(map[string]any)
			bm, _ := bn[k].(map[string]any)
			d.maps(where+"."+k, am, bm)
		}
	} else {
		akeys, bkeys = texts(a), texts(b)
		for _, t := range without(akeys, bkeys) {
			d.add("removed", where, t, "")
		}
		for _, t := range without(bkeys, akeys) {
			d.add("added", where, "", t)
		}
	}
	if len(d.list) == before && !slices.Equal(akeys, bkeys) {
		d.add("moved", where, "", "")
	}
}

// withIDs returns the elements by their id, and the ids in order; nil where one has none.
func withIDs(list []any) (map[string]any, []string) {
	out := map[string]any{}
	var ids []string
	for _, v := range list {
		m, _ := v.(map[string]any)
		id, ok := m["id"].(string)
		if !ok {
			return nil, nil
		}
		m = maps.Clone(m)
		delete(m, "id")
		out[id] = m
		ids = append(ids, id)
	}
	return out, ids
}

func texts(list []any) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = shown(v)
	}
	return out
}

// without returns what the first list has more often than the second.
func without(list, other []string) []string {
	have := map[string]int{}
	for _, s := range other {
		have[s]++
	}
	var out []string
	for _, s := range list {
		if have[s]--; have[s] < 0 {
			out = append(out, s)
		}
	}
	return out
}

// shown is a value in one line.
func shown(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	text, err := json.Marshal(v)
	if err != nil { // a map with keys that are no strings
		return fmt.Sprint(v)
	}
	return string(text)
}
