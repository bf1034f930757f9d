package lint

import "strings"

// supersedesUnknown reports the ids of documents that are not there. They may have been deleted since, unless another
// id is spelt much the same.
func supersedesUnknown(c *checker, report report) {
	var alike map[string]string
	for _, d := range c.docs {
		for _, old := range d.Supersedes {
			if _, ok := c.byID[old]; ok {
				continue
			}
			if alike == nil {
				alike = map[string]string{}
				for _, other := range c.docs {
					alike[squeeze(other.ID)] = other.ID
				}
			}
			f := Finding{Document: d.ID, Text: "supersedes " + quote(old) + ", which is no document here"}
			if meant, ok := alike[squeeze(old)]; ok {
				f.Severity, f.Other = SeverityWarning, meant
				f.Text += "; did you mean " + quote(meant) + "?"
			}
			report(f)
		}
	}
}

// squeeze is s in lower case, letters and digits only.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if !isLetterOrDigit(r) {
			return -1
		}
		return r
	}, strings.ToLower(s))
}
