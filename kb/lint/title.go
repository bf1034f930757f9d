package lint

import (
	"slices"
	"strings"
)

// titleCollisions reports documents that customers cannot tell apart by their titles.
func titleCollisions(c *checker, report report) {
	type key struct{ title, lang, audience, topics string }
	first := map[key][]int{}
	const most = 20
	for i, d := range c.docs {
		title := strings.Join(strings.Fields(strings.ToLower(d.Title)), " ")
		if title == "" {
			continue
		}
		k := key{title, d.Lang, d.Audience, strings.ToLower(strings.Join(d.Topics, "\n"))}
		if j := slices.IndexFunc(first[k], func(j int) bool { return c.meet(i, j) }); j >= 0 {
			report(Finding{Document: d.ID, Other: c.docs[first[k][j]].ID, Text: "both have the title " + quote(d.Title)})
		} else if len(first[k]) < most {
			first[k] = append(first[k], i)
		}
	}
}

func titleMissing(_ *checker, a *article, report report) {
	if a.doc.Title == "" {
		report(Finding{Document: a.doc.ID, Text: "has no title: citations show one, and search weighs it most"})
	}
}

// titleIsBody reports a title that was cut from the beginning of the text for want of another.
func titleIsBody(_ *checker, a *article, report report) {
	title := strings.ToLower(strings.TrimSpace(strings.TrimSuffix(a.doc.Title, "…")))
	for _, b := range a.blocks {
		if b.kind == heading {
			return
		}
		text := strings.ToLower(strings.Join(strings.Fields(b.text), " "))
		if title == "" || !strings.HasPrefix(text, title) {
			return
		}
		whole := len(text) == len(title) && len(a.blocks) == 1
		if whole || strings.HasSuffix(a.doc.Title, "…") || len(text) > len(title) && len(strings.Fields(title)) > 4 {
			report(Finding{Document: a.doc.ID, Line: b.line, Text: "its title " + quote(a.doc.Title) + " only repeats how the text begins"})
		}
		return
	}
}
