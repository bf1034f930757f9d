package evals

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
)

// The checks on a reply's text, with promptfoo's names and meanings.

func reasonOf(score, threshold float64, because string) string {
	s := fmt.Sprintf("score %.2f is below the threshold of %g", score, threshold)
	if because != "" {
		s += " (" + because + ")"
	}
	return s
}

func verdict(pass bool, format string, args ...any) (Score, error) {
	s := Score{Pass: pass, Reason: fmt.Sprintf(format, args...)}
	if pass {
		s.Value = 1
	}
	return s, nil
}

// scoreEquals compares the whole text; an object with the JSON that the text must then be.
func scoreEquals(_ context.Context, a Assertion, r Reply) (Score, error) {
	if a.Value.Object == nil && !a.Value.List {
		return verdict(r.Answer.Text == a.Value.Text(), "the text is %q", clip(r.Answer.Text))
	}
	want, err := json.Marshal(a.Value)
	if err != nil {
		return Score{}, err
	}
	return verdict(sameJSON(want, []byte(r.Answer.Text)), "the text is %q", clip(r.Answer.Text))
}

func sameJSON(a, b []byte) bool {
	decode := func(data []byte) (v any, ok bool) {
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		return v, d.Decode(&v) == nil && !d.More()
	}
	x, ok := decode(a)
	y, also := decode(b)
	return ok && also && reflect.DeepEqual(x, y)
}

// folded brings text and value to one case where the assertion's name begins with i.
func folded(a Assertion, s string) string {
	if strings.HasPrefix(a.Type, "icontains") {
		return strings.ToLower(s)
	}
	return s
}

func scoreContains(_ context.Context, a Assertion, r Reply) (Score, error) {
	found := strings.Contains(folded(a, r.Answer.Text), folded(a, a.Value.Text()))
	return verdict(found, "%q %s in the text", a.Value.Text(), isOrNot(found))
}

func isOrNot(found bool) string {
	if found {
		return "is"
	}
	return "is not"
}

func scoreContainsAny(_ context.Context, a Assertion, r Reply) (Score, error) {
	for _, item := range a.Value.Items() {
		if strings.Contains(folded(a, r.Answer.Text), folded(a, item)) {
			return verdict(true, "%q is in the text", item)
		}
	}
	return verdict(false, "none of %s is in the text", a.Value)
}

func scoreContainsAll(_ context.Context, a Assertion, r Reply) (Score, error) {
	var missing []string
	items := a.Value.Items()
	for _, item := range items {
		if !strings.Contains(folded(a, r.Answer.Text), folded(a, item)) {
			missing = append(missing, item)
		}
	}
	return verdict(len(missing) == 0, "%d of %d are in the text, missing: %s",
		len(items)-len(missing), len(items), strings.Join(missing, ", "))
}

func scoreStartsWith(_ context.Context, a Assertion, r Reply) (Score, error) {
	return verdict(strings.HasPrefix(r.Answer.Text, a.Value.Text()), "the text begins %q", clip(r.Answer.Text))
}

func scoreRegex(_ context.Context, a Assertion, r Reply) (Score, error) {
	re, err := regexp.Compile(a.Value.Text())
	if err != nil {
		return Score{}, err
	}
	found := re.FindString(r.Answer.Text)
	if re.MatchString(r.Answer.Text) {
		return verdict(true, "it matches %q", clip(found))
	}
	return verdict(false, "the text does not match %s", a.Value.Text())
}

// foreignRegex tells of expressions that are valid elsewhere, with lookaround for one, and not in Go's linear-time
// engine.
func foreignRegex(a Assertion) string {
	if _, err := regexp.Compile(a.Value.Text()); err != nil {
		return "not a regular expression of Go's: " + err.Error()
	}
	return ""
}

func scoreIsJSON(_ context.Context, _ Assertion, r Reply) (Score, error) {
	valid := json.Valid([]byte(r.Answer.Text))
	return verdict(valid, "the text %s JSON", isOrNot(valid))
}

func jsonSchema(a Assertion) string {
	if !a.Value.Missing() {
		return "JSON schemas are not checked"
	}
	return ""
}

// clip shortens text for a reason.
func clip(s string) string {
	const most = 120
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most]) + "…"
}
