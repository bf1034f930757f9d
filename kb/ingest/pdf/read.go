package pdf

import (
	"errors"
	"fmt"
	"strings"
)

// Limits of a file. They are far beyond what articles and manuals need.
const (
	MaxPages = 2000
	MaxText  = 16 << 20  // bytes of text taken out
	maxWork  = 256 << 20 // bytes lexed and unpacked, which is some seconds
)

// Document is a PDF's text.
type Document struct {
	Title  string // from its properties, else its first large line; may be empty
	Lang   string // as the file says it; may be empty
	Text   string // Markdown: headings, paragraphs, lists, tables
	Hidden string // the beginning of what is on the pages and no reader sees: white, tiny or transparent text, text off the page
}

// Read takes the text out of a PDF. It takes seconds and some hundred megabytes at most, whatever data is. An error
// says in words for people why a file cannot be read.
func Read(data []byte) (Document, error) { return readWithin(data, maxWork) }

func readWithin(data []byte, work int64) (Document, error) {
	budget := &budget{left: work}
	f, err := open(data, budget)
	if err != nil {
		return Document{}, err
	}
	pages, err := f.pages(MaxPages)
	if err != nil {
		return Document{}, err
	}
	var d Document
	var sheets []sheet
	fonts := map[ref]*font{}
	hidden, read, unread, size := "", 0, 0, 0
	for i, page := range pages {
		p, err := f.paint(page, fonts)
		if budget.left < 0 {
			return Document{}, errBudget
		}
		if err != nil {
			return Document{}, fmt.Errorf("page %d: %w", i+1, err)
		}
		s := newSheet(p.spans)
		if size += s.bytes(); size > MaxText {
			return Document{}, fmt.Errorf("PDF has more than %d bytes of text", MaxText)
		}
		sheets = append(sheets, s)
		read, unread = read+p.read, unread+p.unread
		if len(hidden) < 1000 {
			hidden = strings.TrimSpace(hidden + " " + tidy(p.hidden.String()))
		}
	}
	switch {
	case unread > read/2 && unread > 0:
		return Document{}, errors.New("PDF's fonts do not say which characters they show")
	case read == 0:
		return Document{}, errors.New("PDF has no text; its pages may be pictures")
	}
	d.Hidden = hidden
	d.Title, d.Text = compose(sheets)
	if t := f.title(); t != "" {
		d.Title = t
	}
	if lang, is := f.get(f.dict(f.trailer["Root"])["Lang"]).(str); is {
		d.Lang = lang.text()
	}
	return d, nil
}

// paint goes over a page's drawing.
func (f *file) paint(page page, fonts map[ref]*font) (*painter, error) {
	var data []byte
	contents := f.get(page.dict["Contents"])
	parts, several := contents.(array)
	if !several && contents != nil {
		parts = array{contents}
	}
	for _, part := range parts {
		s, is := f.get(part).(stream)
		if !is {
			return nil, errCut
		}
		b, err := f.decode(s)
		if err != nil {
			return nil, err
		}
		if data = append(append(data, b...), '\n'); len(data) > maxStream {
			return nil, errBudget
		}
	}
	p := &painter{f: f, fonts: fonts, page: page.bounds(), path: nowhere, tm: identity, lm: identity}
	p.g = graphics{ctm: identity, stretch: 1, knownSpace: true}
	p.drawing(data, f.dict(page.resources), 0)
	p.close()
	return p, nil
}

func (p page) bounds() box {
	return box{min(p.box[0], p.box[2]), min(p.box[1], p.box[3]), max(p.box[0], p.box[2]), max(p.box[1], p.box[3])}
}

// title is the title in the file's properties, "" where a program put something else there.
func (f *file) title() string {
	s, _ := f.get(f.dict(f.trailer["Info"])["Title"]).(str)
	t := strings.Join(strings.Fields(tidy(s.text())), " ")
	lower := strings.ToLower(t)
	for _, no := range []string{"microsoft word", "untitled", "powerpoint", "unbenannt", "sin título", "sans titre", "document1"} {
		if strings.Contains(lower, no) {
			return ""
		}
	}
	for _, no := range []string{".doc", ".docx", ".indd", ".pdf", ".qxd", ".odt", ".rtf", ".tex", ".dvi", ".html"} {
		if strings.HasSuffix(lower, no) {
			return ""
		}
	}
	return t
}
