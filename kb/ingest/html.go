package ingest

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/base"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/commonmark"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/table"
	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"switchboard/kb/ingest/hidden"
)

// maxDepth bounds how deep elements may lie in each other: the converter calls itself for each level.
const maxDepth = 256

var errDeep = errors.New("elements lie too deep in each other")

// readHTML takes a page's article: the part that the page marks as such, else the part with most of the text.
func readHTML(b []byte) (article, error) {
	text, err := decodeHTML(b)
	if err != nil {
		return article{}, err
	}
	page, err := parseHTML(text)
	if err != nil {
		return article{}, err
	}
	m := pageMeta(page)
	body := mainPart(page)
	if body == nil {
		return article{}, errors.New("page has no body")
	}
	h1 := body.Find("h1").First()
	if h1.Length() == 0 {
		h1 = page.Find("h1").First()
	}
	heading := oneLine(h1.Text()) // read now: it may stand in a header
	if m.Title == "" || heading != "" && strings.Contains(m.Title, heading) {
		m.Title = heading // "Roaming in Switzerland" rather than "Roaming in Switzerland | Help | Vireo"
	}
	m.Topics = append(m.Topics, breadcrumbs(page, m.Title)...)
	markdown, found, err := convert(body)
	if err != nil {
		return article{}, err
	}
	d, err := m.document(markdown)
	return article{d, found}, err
}

// fragmentHTML makes Markdown of the HTML in a field of an export.
func fragmentHTML(text string) (markdown string, found []hidden.Finding, err error) {
	page, err := parseHTML(text)
	if err != nil {
		return "", nil, err
	}
	return convert(page.Find("body").First())
}

func parseHTML(text string) (*goquery.Document, error) {
	// The parser gives up at 512 levels; what it would make of unclosed tags is not worth more.
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return nil, errDeep
	}
	return goquery.NewDocumentFromNode(root), nil
}

// convert makes Markdown of what an article shows, and tells what it hides.
func convert(body *goquery.Selection) (markdown string, found []hidden.Finding, err error) {
	if nodesDeep(body) {
		return "", nil, errDeep
	}
	found = comments(body)
	removeFurniture(body)
	found = append(found, removeHidden(body)...)
	removeFeedback(body)
	openDetails(body)
	definitionLists(body)
	tables(body)
	images(body)
	links(body)
	if nodesDeep(body) {
		return "", nil, errDeep
	}
	out, err := markdownOf().ConvertNode(body.Nodes[0])
	if err != nil {
		return "", nil, fmt.Errorf("html: %w", err)
	}
	return strings.TrimSpace(string(out)), found, nil
}

// markdownOf is made once: it is safe for use by many and costs more than a small page.
var markdownOf = sync.OnceValue(func() *converter.Converter {
	return converter.NewConverter(converter.WithPlugins(base.NewBasePlugin(), commonmark.NewCommonmarkPlugin(),
		table.NewTablePlugin(table.WithHeaderPromotion(true), table.WithSkipEmptyRows(true),
			table.WithSpanCellBehavior(table.SpanBehaviorMirror), table.WithNewlineBehavior(table.NewlineBehaviorPreserve),
			// Padded columns would make every row as long as the longest.
			table.WithCellPaddingBehavior(table.CellPaddingBehaviorMinimal))))
})

// pageMeta reads what a page's head says. <meta name="audience" content="business"> and the like stand for front
// matter.
func pageMeta(page *goquery.Document) meta {
	m := meta{Title: oneLine(page.Find("title").First().Text())}
	m.Lang = page.Find("html").AttrOr("lang", "")
	m.URL = page.Find("link[rel=canonical]").AttrOr("href", "")
	page.Find("meta[name]").Each(func(_ int, s *goquery.Selection) {
		switch key := s.AttrOr("name", ""); key {
		case "audience", "owner", "valid_from", "valid_to", "review_by", "supersedes":
			m.set(key, s.AttrOr("content", ""))
		}
	})
	return m
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// looksHTML reports whether a text in a row is HTML rather than Markdown: it begins with a tag that texts begin with.
func looksHTML(s string) bool {
	s = strings.TrimSpace(s)
	rest, is := strings.CutPrefix(s, "<")
	if !is || !strings.HasSuffix(s, ">") {
		return false
	}
	name := strings.ToLower(rest[:max(0, strings.IndexAny(rest, " \t\r\n/>"))])
	switch name {
	case "p", "div", "h1", "h2", "h3", "h4", "ul", "ol", "table", "section", "article", "span", "strong", "b", "body", "html", "!doctype", "!--", "dl", "blockquote", "details", "figure", "img", "main":
		return true
	}
	return false
}

// nodesDeep reports whether elements lie deeper in each other than maxDepth.
func nodesDeep(s *goquery.Selection) bool {
	root := s.Nodes[0]
	level := 0
	for n := root; n != nil; {
		if level > maxDepth {
			return true
		}
		if n.FirstChild != nil {
			n = n.FirstChild
			level++
			continue
		}
		for n != root && n.NextSibling == nil {
			n = n.Parent
			level--
		}
		if n == root {
			return false
		}
		n = n.NextSibling
	}
	return false
}
