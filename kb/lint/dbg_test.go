package lint

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"switchboard/kb/demo"
	"switchboard/kb/ingest"
)

func TestDbg(t *testing.T) {
	docs, _, _ := ingest.Read(context.Background(), ingest.Source{FS: demo.Articles}, ingest.Options{})
	c := newChecker(docs, Options{Today: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)}.withDefaults())
	fmt.Println("brand", c.brand)
	vals := map[uint64]map[string]map[string]bool{}
	type at struct {
		doc  int
		line int
		fig  string
		k    uint64
		val  string
		text string
	}
	var ats []at
	for i, d := range c.docs {
		if !c.live(i) {
			continue
		}
		for _, f := range c.factsOf(readArticle(i, d)) {
			if f.figure.kind != "money" {
				continue
			}
			k := mix(f.key, d.Audience)
			if vals[k] == nil {
				vals[k] = map[string]map[string]bool{}
			}
			if vals[k][f.figure.value] == nil {
				vals[k][f.figure.value] = map[string]bool{}
			}
			vals[k][f.figure.value][d.ID] = true
			ats = append(ats, at{i, f.block.line, f.figure.text, k, f.figure.value, f.text})
		}
	}
	price := regexp.MustCompile(`€[0-9]+\.[0-9]{2}`)
	hit, n := 0, 0
	seen := map[string]bool{}
	for _, a := range ats {
		id := fmt.Sprint(a.doc, a.line, a.val)
		if len(vals[a.k]) != 1 || len(vals[a.k][a.val]) < 2 || seen[id] {
			continue
		}
		seen[id] = true
		n++
		lines := strings.Split(c.docs[a.doc].Body, "\n")
		old := ""
		for off := 0; off < 4 && a.line-1+off < len(lines) && old == ""; off++ {
			lines[a.line-1+off] = price.ReplaceAllStringFunc(lines[a.line-1+off], func(p string) string {
				v, _ := strconv.ParseFloat(p[3:], 64)
				if old == "" && format(v) == a.val {
					old = p
					return fmt.Sprintf("€%.2f", v+1.5)
				}
				return p
			})
		}
		mut := append(docs[:0:0], docs...)
		for j := range mut {
			if mut[j].ID == c.docs[a.doc].ID {
				mut[j].Body = strings.Join(lines, "\n")
			}
		}
		fs, _ := Check(context.Background(), mut, Options{Today: c.options.Today, Only: []string{"contradiction"}})
		ok := false
		for _, f := range fs {
			if f.Document == c.docs[a.doc].ID || f.Other == c.docs[a.doc].ID {
				ok = true
			}
		}
		if ok {
			hit++
		} else {
			fmt.Println("MISS", c.docs[a.doc].ID, a.line, a.fig, a.text, vals[a.k][a.val])
		}
		if len(fs) > 1 {
			fmt.Println("MANY", fs)
		}
	}
	fmt.Println("LINKED", hit, n)
}
