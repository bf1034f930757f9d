package fallback

import "strings"

// Fitted is what a scope model is fitted to beside a policy.
type Fitted struct {
	Rows  []Example
	Alone bool // in place of all the policy's own examples
}

// Training returns the examples that a model of a policy file and of fitted rows is trained from, and how many of them
// are the policy's own: all of them where most labels are the policy's topics, none where they are not. Even those of
// small talk and of asking for a human took 0.3 points of accuracy from labels of another trade, and what they are about
// is dealt with by patterns before the scope is asked for.
func Training(data []byte, fitted Fitted) (examples []Example, own int, err error) {
	f, _, err := decode(data)
	if err != nil {
		return nil, 0, err
	}
	examples, own = f.training(fitted)
	return examples, own, nil
}

func (f file) training(fitted Fitted) (examples []Example, own int) {
	examples = append(examples, fitted.Rows...)
	if fitted.Alone || !f.mostlyTopics(fitted.Rows) {
		return examples, 0
	}
	said := make(map[string]bool, len(fitted.Rows))
	for _, e := range fitted.Rows {
		said[folded(e.Text)] = true
	}
	for _, e := range f.examples() {
		if !said[folded(e.Text)] {
			examples = append(examples, e)
			own++
		}
	}
	return examples, own
}

// mostlyTopics reports whether most of the labels in scope are topics of the policy.
func (f file) mostlyTopics(rows []Example) bool {
	labels := map[string]bool{}
	for _, e := range rows {
		if e.Label != OutOfScope && !strings.HasPrefix(e.Label, "~") {
			labels[e.Label] = true
		}
	}
	topics := 0
	for _, t := range f.Topics {
		topics += count(labels[t.ID])
	}
	return topics*2 > len(labels)
}
