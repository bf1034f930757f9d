package ingest

import (
	"encoding/xml"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// docxStyle is what a paragraph's style says.
type docxStyle struct {
	level  int // of a heading, 0 for text
	title  bool
	number string // of its list, "" for none
	based  string
}

var headingStyle = regexp.MustCompile(`(?i)^(?:heading|überschrift|titre|título|titolo|kop|rubrik|overskrift|nagłówek) ?([1-6])$`)

// readStyles reads which styles are headings or lists: by name, which Word keeps in English, or by outline level.
func (w *docxWriter) readStyles(d *xml.Decoder) error {
	id := ""
	err := walkXML(d, func(e xml.StartElement, _ int) error {
		s := w.styles[id]
		switch val := attr(e, "val"); e.Name.Local {
		case "style":
			id, s = attr(e, "styleId"), docxStyle{}
		case "name":
			if m := headingStyle.FindStringSubmatch(val); m != nil {
				s.level = int(m[1][0] - '0')
			}
			s.title = strings.EqualFold(val, "Title")
		case "outlineLvl":
			if n, err := strconv.Atoi(val); err == nil && n < 6 && s.level == 0 {
				s.level = n + 1
			}
		case "basedOn":
			s.based = val
		case "numId":
			s.number = val
		case "lang":
			if id == "" && w.lang == "" { // of the document, not of a style
				w.lang = val
			}
			return nil
		default:
			return nil
		}
		if id != "" {
			w.styles[id] = s
		}
		return nil
	})
	return err
}

// style is a style with what it has from the ones that it is based on.
func (w *docxWriter) style(id string) docxStyle {
	out := w.styles[id]
	for s, n := out, 0; s.based != "" && n < 16; n++ {
		s = w.styles[s.based]
		if out.level == 0 {
			out.level = s.level
		}
		if out.number == "" {
			out.number = s.number
		}
		out.title = out.title || s.title
	}
	return out
}

// readNumbering reads which lists are numbered and which have bullets.
func (w *docxWriter) readNumbering(d *xml.Decoder) error {
	abstract := map[string]map[int]bool{}
	id, number, level := "", "", 0
	return walkXML(d, func(e xml.StartElement, _ int) error {
		switch e.Name.Local {
		case "abstractNum":
			id = attr(e, "abstractNumId")
			abstract[id] = map[int]bool{}
		case "lvl":
			level, _ = strconv.Atoi(attr(e, "ilvl"))
		case "numFmt":
			if levels := abstract[id]; levels != nil && number == "" {
				levels[level] = attr(e, "val") != "bullet" && attr(e, "val") != "none"
			}
		case "num":
			number = attr(e, "numId")
		case "abstractNumId":
			w.lists[number] = abstract[attr(e, "val")]
		}
		return nil
	})
}

func (w *docxWriter) readLinks(d *xml.Decoder) error {
	return walkXML(d, func(e xml.StartElement, _ int) error {
		if target := attr(e, "Target"); e.Name.Local == "Relationship" && strings.HasSuffix(attr(e, "Type"), "/hyperlink") &&
			attr(e, "TargetMode") == "External" && checkURL(target) == nil {
			w.links[attr(e, "Id")] = target
		}
		return nil
	})
}

// readCore reads the title in the document's properties.
func (w *docxWriter) readCore(d *xml.Decoder) error {
	inTitle := false
	for {
		t, err := d.RawToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			inTitle = t.Name.Local == "title"
		case xml.EndElement:
			inTitle = false
		case xml.CharData:
			if inTitle && len(w.core) < 1000 {
				w.core += string(t)
			}
		}
	}
}
