package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"switchboard"
	"switchboard/fallback/privacy"
)

// testPII measures what the policy masks on rows whose personal data is labelled; - is the standard input.
func (p *program) testPII(path string) error {
	c, err := p.config()
	if err != nil {
		return err
	}
	policy, err := loadPolicy(c)
	if err != nil {
		return err
	}
	m, err := privacy.New(policy.PersonalData()...)
	if err != nil {
		return err
	}
	rows, err := p.labelledPII(path)
	if err != nil {
		return err
	}
	found := make([]privacy.Found, len(rows))
	for i, r := range rows {
		found[i] = m.Look(r)
	}
	if p.format == "jsonl" {
		return table(p, found, nil, nil)
	}
	report := m.Measure(found)
	return p.show(report, func(w io.Writer) {
		fmt.Fprintf(w, "%d texts\n", report.Rows)
		for _, s := range report.Recall {
			fmt.Fprintf(w, "%-20s recall     %6.4f  %d of %d found\n", s.Type, s.Share, s.Right, s.Count)
		}
		for _, s := range report.Precision {
			fmt.Fprintf(w, "%-20s precision  %6.4f  %d of %d masked are personal\n", s.Type, s.Share, s.Right, s.Count)
		}
	})
}

func (p *program) labelledPII(path string) ([]privacy.Labelled, error) {
	in := p.in
	if path != "-" {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, switchboard.Errorf(switchboard.NotFound, "there is no %s", path)
		}
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	rows, err := decodeRows(path, in, `{"text":…,"spans":[{"type","start","end","value"}]}`, func(r privacy.Labelled) string { return r.Text })
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s has no rows", path)
	}
	return rows, nil
}
