package ingest

import (
	"fmt"

	"switchboard/kb"
	"switchboard/kb/ingest/hidden"
	"switchboard/kb/ingest/pdf"
)

// readPDF takes the text of a PDF's pages.
func readPDF(b []byte) (a article, err error) {
	// The reader has bounds, not doubts: a mistake in it must not end an import of a thousand files.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("PDF cannot be read: %.100v", p)
		}
	}()
	d, err := pdf.Read(b)
	if err != nil {
		return article{}, err
	}
	a.Document = kb.Document{Title: cutAt(d.Title, 4*titleLen), Lang: plausibleLang(d.Lang), Body: d.Text}
	if d.Hidden != "" {
		a.found = append(hidden.Find(d.Hidden), hidden.Finding{Rule: hidden.HiddenText, Excerpt: hidden.Excerpt(d.Hidden)})
	}
	return a, nil
}

// plausibleLang is a language tag that a program wrote into a file, "" if it is none.
func plausibleLang(tag string) string {
	lang := kb.PrimaryLang(tag)
	if len(lang) != 2 && len(lang) != 3 {
		return ""
	}
	for _, r := range lang {
		if r < 'a' || r > 'z' {
			return ""
		}
	}
	return lang
}
