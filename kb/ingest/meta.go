package ingest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"switchboard/kb"
)

// meta is what front matter, a CSV row's columns or a JSONL row's keys may say about a document. Keys that are not
// here are ignored, so that other tools' files can be read.
type meta struct {
	ID         string
	Title      string
	URL        string
	Lang       string
	Audience   string
	Owner      string
	ValidFrom  string
	ValidTo    string
	ReviewBy   string
	Supersedes []string
	Topics     []string
	Questions  []string // pinned
}

// listed are the keys under which a list of strings may stand, and what it is for. Help centres and data sets file their
// articles under different names.
func (m *meta) listed(key string) *[]string {
	switch key {
	case "supersedes":
		return &m.Supersedes
	case "questions":
		return &m.Questions
	case "topics", "section_path", "category", "category_name", "collection", "folder_name", "section", "section_name", "product",
		"entity", "domain", "tags", "label_names":
		return &m.Topics
	}
	return nil
}

// foreign reports whether a key is another tool's name for something of ours: there it may hold what we cannot read.
func foreign(key string) bool {
	return new(meta).listed(key) != nil && key != "supersedes" && key != "topics" && key != "questions"
}

// set takes one named value; false means that the name is none of meta's.
func (m *meta) set(key, value string) bool {
	value = strings.TrimSpace(value)
	switch key {
	case "id", "_id":
		m.ID = value
	case "title":
		m.Title = value
	case "url":
		m.URL = value
	case "lang", "language", "locale":
		m.Lang = value
	case "audience":
		m.Audience = value
	case "owner":
		m.Owner = value
	case "valid_from":
		m.ValidFrom = value
	case "valid_to":
		m.ValidTo = value
	case "review_by":
		m.ReviewBy = value
	case "supersedes":
		m.Supersedes = strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ';' || r == ' ' })
	case "questions":
		m.Questions = strings.FieldsFunc(value, func(r rune) bool { return r == '|' || r == '\n' })
	default:
		if m.listed(key) == nil {
			return false
		}
		m.Topics = append(m.Topics, strings.FieldsFunc(value, func(r rune) bool { return r == '>' || r == ';' || r == ',' })...)
	}
	return true
}

// document makes a document of m and its text.
func (m *meta) document(body string) (kb.Document, error) {
	d := kb.Document{
		ID: m.ID, Title: m.Title, URL: m.URL, Lang: m.Lang, Audience: m.Audience, Owner: m.Owner,
		Supersedes: m.Supersedes, Topics: m.Topics, Questions: m.Questions, Body: body,
	}
	var errs []error
	for _, f := range []struct {
		name, value string
		to          *time.Time
	}{{"valid_from", m.ValidFrom, &d.ValidFrom}, {"valid_to", m.ValidTo, &d.ValidTo}, {"review_by", m.ReviewBy, &d.ReviewBy}} {
		t, err := parseDate(f.value)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.name, err))
		}
		*f.to = t
	}
	if err := checkURL(m.URL); err != nil {
		errs = append(errs, err)
	}
	return d, errors.Join(errs...)
}

func parseDate(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339, time.DateTime} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is no date such as 2026-03-01", s)
}

// checkURL keeps addresses that would run something out of citations. Relative ones are fine.
func checkURL(s string) error {
	for _, r := range s {
		if r <= ' ' || r == 0x7f {
			return errors.New("url has a blank or a control character")
		}
	}
	scheme, _, ok := strings.Cut(s, ":")
	if !ok || strings.ContainsAny(scheme, "/?#") {
		return nil
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "mailto", "tel":
		return nil
	}
	return fmt.Errorf("url has the scheme %.20q", scheme)
}
