package evals

// Change is a case that came out otherwise in one run than in another.
type Change struct {
	Name          string
	Before, After Status // "" where that run did not have the case
	Was, Is       Result
}

// Compare returns the cases whose status differs between two runs, in b's order, then those that only a has. Where
// cases were asked repeatedly, each time is compared with its like.
func Compare(a, b Report) []Change {
	type key struct {
		name   string
		repeat int
	}
	before := map[key]Result{}
	for _, r := range a.Results {
		before[key{r.Case.Name, r.Repeat}] = r
	}
	var changes []Change
	for _, r := range b.Results {
		k := key{r.Case.Name, r.Repeat}
		was := before[k]
		delete(before, k)
		if was.Status != r.Status {
			changes = append(changes, Change{Name: r.Case.Name, Before: was.Status, After: r.Status, Was: was, Is: r})
		}
	}
	for _, r := range a.Results {
		if _, only := before[key{r.Case.Name, r.Repeat}]; only {
			changes = append(changes, Change{Name: r.Case.Name, Before: r.Status, Was: r})
		}
	}
	return changes
}
