package lint

// supersededButLinked reports links of live documents to documents that are not shown any more.
func supersededButLinked(c *checker, report report) {
	p := newPages(c)
	for i, d := range c.docs {
		if !c.live(i) {
			continue
		}
		for _, l := range c.links[i] {
			doc, _, v := p.resolve(i, l)
			if v != found || doc == i || c.live(doc) || c.lives[doc].from > c.today {
				continue
			}
			old := c.docs[doc]
			f := Finding{Document: d.ID, Other: old.ID, Line: l.line, Text: "links to " + quote(old.Title)}
			if c.lives[doc].to < c.today {
				f.Text += ", which ended on " + date(old.ValidTo)
			} else {
				f.Text += ", which is superseded"
			}
			for _, s := range c.lives[doc].successors {
				if c.live(s) && s != i {
					f.Text += "; link to " + quote(c.docs[s].Title)
					break
				}
			}
			report(f)
		}
	}
}
