package lint_test

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"switchboard/kb"
	"switchboard/kb/demo"
	"switchboard/kb/ingest"
	"switchboard/kb/lint"
)

// today is the day for which the demo articles are written.
var today = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

func demoArticles(t testing.TB) []kb.Document {
	t.Helper()
	docs, rejected, err := ingest.Read(context.Background(), ingest.Source{FS: demo.Articles}, ingest.Options{})
	if err != nil || len(rejected) > 0 {
		t.Fatal(err, rejected)
	}
	return docs
}

// seed is an article in which one price is another.
type seed struct {
	of     kb.Document
	body   string
	before string
	after  string
	line   int
}

var price = regexp.MustCompile(`€[0-9]+\.[0-9]{2}`)

// seeds makes of each live article one for every price in it.
func seeds(docs []kb.Document) []seed {
	var out []seed
	for _, d := range docs {
		if !d.ValidTo.IsZero() && d.ValidTo.Before(today) || d.ValidFrom.After(today) {
			continue
		}
		for _, at := range price.FindAllStringIndex(d.Body, -1) {
			before := d.Body[at[0]:at[1]]
			v, err := strconv.ParseFloat(strings.TrimPrefix(before, "€"), 64)
			if err != nil {
				continue
			}
			after := fmt.Sprintf("€%.2f", v+1.50)
			out = append(out, seed{d, d.Body[:at[0]] + after + d.Body[at[1]:], before, after, 1 + strings.Count(d.Body[:at[0]], "\n")})
		}
	}
	return out
}

func contradictions(t *testing.T, docs []kb.Document) []lint.Finding {
	t.Helper()
	found, err := lint.Check(context.Background(), docs, lint.Options{Today: today, Only: []string{"contradiction"}})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestExp(t *testing.T) {
	docs := demoArticles(t)
	all := seeds(docs)
	fmt.Println(len(all))
	hitA, hitB, nA, fA, fB := 0, 0, 0, 0, 0
	for i, s := range all {
		if i%5 != 0 {
			continue
		}
		nA++
		c := s.of
		c.ID += "-copy"
		c.Body = s.body
		fs := contradictions(t, append(docs[:len(docs):len(docs)], c))
		ok := false
		for _, f := range fs {
			if strings.Contains(f.Text, s.before) && strings.Contains(f.Text, s.after) && (f.Document == c.ID || f.Other == c.ID) {
				ok = true
			} else {
				fA++
				fmt.Println("EXTRA", f)
			}
		}
		if ok {
			hitA++
		} else {
			fmt.Println("MISS A", s.of.ID, s.line, s.before, s.after, strings.Split(s.of.Body, "\n")[s.line-1])
		}
		other := append([]kb.Document{}, docs...)
		for j := range other {
			if other[j].ID == s.of.ID {
				other[j].Body = s.body
			}
		}
		fs = contradictions(t, other)
		ok = false
		for _, f := range fs {
			if strings.Contains(f.Text, s.after) {
				ok = true
			} else {
				fB++
				fmt.Println("EXTRAB", f)
			}
		}
		if ok {
			hitB++
		} else {
			fmt.Println("MISS B", s.of.ID, s.line, s.before, s.after, strings.Split(s.of.Body, "\n")[s.line-1])
		}
	}
	fmt.Println("A", hitA, nA, "extra", fA, "B", hitB, nA, "extra", fB)
}
