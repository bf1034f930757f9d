package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"switchboard/evals"
)

// The JUnit XML that build servers read: a test suite a category.
type suitesXML struct {
	XMLName  xml.Name   `xml:"testsuites"`
	Name     string     `xml:"name,attr"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Errors   int        `xml:"errors,attr"`
	Skipped  int        `xml:"skipped,attr"`
	Time     string     `xml:"time,attr"`
	Suites   []suiteXML `xml:"testsuite"`
}

type suiteXML struct {
	Name       string        `xml:"name,attr"`
	Tests      int           `xml:"tests,attr"`
	Failures   int           `xml:"failures,attr"`
	Errors     int           `xml:"errors,attr"`
	Skipped    int           `xml:"skipped,attr"`
	Time       string        `xml:"time,attr"`
	Timestamp  string        `xml:"timestamp,attr"`
	Properties []propertyXML `xml:"properties>property"`
	Cases      []caseXML     `xml:"testcase"`
}

type propertyXML struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type caseXML struct {
	Name    string      `xml:"name,attr"`
	Class   string      `xml:"classname,attr"`
	Time    string      `xml:"time,attr"`
	Failure *problemXML `xml:"failure"`
	Error   *problemXML `xml:"error"`
	Skipped *problemXML `xml:"skipped"`
	Output  string      `xml:"system-out,omitempty"`
}

type problemXML struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes the report as JUnit XML. Where unsupported cases are allowed they are skipped tests, else failures; the
// gate's checks are a suite of their own.
func JUnit(w io.Writer, r evals.Report) error {
	root := suitesXML{Name: clean(r.Suite), Time: seconds(r.Took)}
	at := map[string]int{}
	for _, x := range r.Results {
		name := x.Case.Category(evals.CategoryKey)
		if name == "" {
			name = r.Suite
		}
		i, ok := at[name]
		if !ok {
			i = len(root.Suites)
			at[name] = i
			root.Suites = append(root.Suites, newSuite(r, name))
		}
		root.Suites[i].add(caseOf(r, x, name), x.Reply.Elapsed)
	}
	gate := newSuite(r, "gate")
	for _, c := range r.Checks {
		gate.add(checkOf(c), 0)
	}
	root.Suites = append(root.Suites, gate)
	for i := range root.Suites {
		s := &root.Suites[i]
		root.Tests += s.Tests
		root.Failures += s.Failures
		root.Errors += s.Errors
		root.Skipped += s.Skipped
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(root); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func newSuite(r evals.Report, name string) suiteXML {
	return suiteXML{
		Name: clean(name), Time: seconds(0), Timestamp: r.StartedAt.UTC().Format("2006-01-02T15:04:05"),
		Properties: []propertyXML{{"release", clean(releases(r))}, {"target", clean(r.Target)}, {"suite", clean(r.Suite)}},
	}
}

func (s *suiteXML) add(c caseXML, took time.Duration) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	switch {
	case c.Error != nil:
		s.Errors++
	case c.Failure != nil:
		s.Failures++
	case c.Skipped != nil:
		s.Skipped++
	}
	var before float64
	_, _ = fmt.Sscan(s.Time, &before) // written by seconds
	s.Time = fmt.Sprintf("%.3f", before+took.Seconds())
}

func caseOf(r evals.Report, x evals.Result, class string) caseXML {
	out := caseXML{Name: clean(title(x)), Class: clean(class), Time: seconds(x.Reply.Elapsed)}
	if x.Status == evals.Passed {
		return out
	}
	var lines []string
	for _, o := range x.Outcomes {
		if o.Status != evals.Passed {
			lines = append(lines, o.Assertion.String()+": "+o.Reason)
		}
	}
	problem := &problemXML{clean(x.Reason), clean(x.Case.Where + "\n" + strings.Join(lines, "\n"))}
	switch {
	case x.Status == evals.Errored:
		out.Error = problem
	case x.Status == evals.Undecided && r.AllowUnsupported:
		out.Skipped = problem
	default:
		out.Failure = problem
	}
	if a := x.Reply.Answer; a.Action != "" {
		out.Output = clean(fmt.Sprintf("asked: %s\nsaid: %s (%s) %s", x.Case.Question, a.Action, a.Reason, a.Text))
	}
	return out
}

func checkOf(c evals.Check) caseXML {
	out := caseXML{Name: clean(c.Name), Class: "gate", Time: seconds(0)}
	if !c.Passed {
		out.Failure = &problemXML{Message: fmt.Sprintf("it is %.4g, the threshold is %g", c.Got, c.Want)}
	}
	return out
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

// clean drops what XML 1.0 cannot hold.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return r
		case r < ' ' || r == utf8.RuneError || r == 0xfffe || r == 0xffff:
			return -1
		default:
			return r
		}
	}, s)
}
