package lint

import "slices"

// brokenLinks reports links inside the knowledge base that lead nowhere. A heading that is not there is less bad than
// a page: the reader lands on the page.
func brokenLinks(c *checker, report report) {
	p := newPages(c)
	for i, d := range c.docs {
		for _, l := range c.links[i] {
			doc, fragment, v := p.resolve(i, l)
			switch {
			case v == missing:
				report(Finding{Document: d.ID, Line: l.line, Text: "links to " + quote(l.target) + ", which is no document here"})
			case v == found && fragment != "" && c.anchors[doc] != nil && !slices.Contains(c.anchors[doc], squeeze(fragment)):
				f := Finding{Document: d.ID, Severity: SeverityWarning, Line: l.line, Text: "links to " + quote(l.target) + ", but no heading there is called so"}
				if doc != i {
					f.Other = c.docs[doc].ID
				}
				report(f)
			}
		}
	}
}
