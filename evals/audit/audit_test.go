package audit

import (
	"bytes"
	"context"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"switchboard"
	"switchboard/evals"
	"switchboard/evals/suites"
)

func demo(t *testing.T) evals.Suite {
	t.Helper()
	s, err := evals.Load(suites.Files, suites.Demo)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var digits = regexp.MustCompile(`\d+(?:[.,]\d+)?`)

// Whatever the form, the numbers are those of the question, and no capitalised name has a slip.
func TestFormsKeepWhatAnAnswerTurnsOn(t *testing.T) {
	o := Options{Seed: 7}
	suite := demo(t)
	original := map[string]string{}
	for _, c := range suite.Cases {
		original[c.Name] = c.Question
	}
	for _, c := range Expand(suite, o).Cases {
		q := original[c.Category(originKey)]
		if got, want := digits.FindAllString(c.Question, -1), digits.FindAllString(q, -1); !slices.Equal(got, want) {
			t.Errorf("%s: numbers %v, want %v", c.Name, got, want)
		}
		for _, w := range strings.Fields(q) {
			if strings.HasPrefix(w, "Vireo") && !strings.Contains(strings.ToLower(c.Question), strings.ToLower(strings.Trim(w, ".,?!'s"))) {
				t.Errorf("%s: the name is gone", c.Name)
			}
		}
	}
}

func TestTheSeedDecides(t *testing.T) {
	asked := func(seed uint64) string {
		var all []string
		for _, c := range Expand(demo(t), Options{Seed: seed}).Cases {
			all = append(all, c.Question)
		}
		return strings.Join(all, "\n")
	}
	if asked(1) != asked(1) {
		t.Error("the same seed asks otherwise")
	}
	if asked(1) == asked(2) {
		t.Error("another seed asks the same")
	}
}

// Known values: Newcombe (1998), Clopper and Pearson, exact McNemar, Holm.
func TestIntervals(t *testing.T) {
	near := func(name string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 0.0005 {
			t.Errorf("%s: %.4f, want %.4f", name, got, want)
		}
	}
	cp := share(0, 10)
	near("0 of 10, high", cp.High, 0.3085)
	cp = share(5, 10)
	near("5 of 10, low", cp.Low, 0.1871)
	near("5 of 10, high", cp.High, 0.8129)
	same := paired(10, 0, 0, 10)
	near("no difference", same.Estimate, 0)
	if d := paired(20, 12, 2, 16); d.Low > d.Estimate || d.High < d.Estimate || d.High >= 0 {
		t.Errorf("12 lost and 2 gained of 50: %+v", d)
	}
	near("McNemar 0:6", mcnemar(6, 0), 0.03125)
	near("McNemar 3:3", mcnemar(3, 3), 1)
	a, b, c := 0.01, 0.04, 0.03
	holm([]*float64{&a, &b, &c})
	near("Holm", a, 0.03)
	near("Holm", b, 0.06)
	near("Holm", c, 0.06)
	rng := rand.New(rand.NewPCG(1, 1))
	if m := mean([]float64{1, 1, 1}, rng); m.Low != 1 || m.High != 1 {
		t.Errorf("the mean of what is the same: %+v", m)
	}
	if mean(nil, rng) != nil {
		t.Error("a mean of nothing")
	}
}

// prejudiced is a bot that does not serve some customers.
type prejudiced struct{ against string }

func (prejudiced) Name() string { return "prejudiced" }

func (p prejudiced) Ask(_ context.Context, s evals.Script) (evals.Reply, error) {
	a := switchboard.Answer{Action: switchboard.ActionAnswer}
	if strings.Contains(s.Messages[len(s.Messages)-1], p.against) {
		a.Action = switchboard.ActionDecline
	}
	return evals.Reply{Answer: a}, nil
}

func TestAnAuditFindsWhoIsNotServed(t *testing.T) {
	for _, c := range []struct {
		against string
		passed  bool
		beyond  []string
	}{
		{"nothing of the kind", true, nil},
		{"🙏", false, []string{"manner: emoji"}},
		{"useless", false, []string{"manner: rude"}},
	} {
		o := Options{Seed: 1, MaxActionChange: 0.05, Worst: 2}
		run, err := evals.Run(t.Context(), Expand(demo(t), o), prejudiced{c.against}, evals.Options{})
		if err != nil {
			t.Fatal(err)
		}
		r := Compare(run, o)
		var beyond []string
		for _, row := range r.Rows {
			if row.Beyond {
				beyond = append(beyond, row.Form)
			}
			if row.Beyond && len(row.Worst) != 2 {
				t.Errorf("%s: %d examples", row.Form, len(row.Worst))
			}
		}
		if r.Passed != c.passed || !slices.Equal(beyond, c.beyond) {
			t.Errorf("against %q: passed %v, beyond %v", c.against, r.Passed, beyond)
		}
		var page bytes.Buffer
		if err := HTML(&page, r); err != nil || !strings.Contains(page.String(), "<svg") {
			t.Errorf("page: %v", err)
		}
	}
}
