package ingest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/base"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/commonmark"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/table"
	"github.com/PuerkitoBio/goquery"

	"switchboard/kb"
)

// furniture is what a page has around its article.
const furniture = "script, style, noscript, template, nav, header, footer, aside, form, iframe, svg, object, embed, " +
	"button, dialog, [hidden], [aria-hidden=true], [role=navigation], [role=banner], [role=contentinfo], [role=search]"

// maxDepth bounds how deep elements may lie in each other: the converter calls itself for each level.
const maxDepth = 256

// readHTML takes a page's article: the main part if it marks one, else all but the furniture.
func readHTML(text string) (kb.Document, error) {
	if depth(text) > maxDepth*8 {
		return kb.Document{}, errors.New("elements lie too deep in each other")
	}
	page, err := goquery.NewDocumentFromReader(strings.NewReader(text))
	if err != nil {
		return kb.Document{}, fmt.Errorf("html: %w", err)
	}
	m := pageMeta(page)
	article := page.Find("main, [role=main], article").First()
	if article.Length() == 0 {
		article = page.Find("body").First()
	}
	if article.Length() == 0 {
		return kb.Document{}, errors.New("page has no body")
	}
	h1 := article.Find("h1").First()
	if h1.Length() == 0 {
		h1 = page.Find("h1").First()
	}
	heading := strings.Join(strings.Fields(h1.Text()), " ") // read now: it may stand in a header
	article.Find(furniture).Remove()
	clampSpans(article)
	if m.Title == "" || heading != "" && strings.Contains(m.Title, heading) {
		m.Title = heading // "Roaming in Switzerland" rather than "Roaming in Switzerland | Help | Vireo"
	}
	if nodesDeep(article) {
		return kb.Document{}, errors.New("elements lie too deep in each other")
	}
	conv := converter.NewConverter(converter.WithPlugins(base.NewBasePlugin(), commonmark.NewCommonmarkPlugin(),
		table.NewTablePlugin(table.WithHeaderPromotion(true), table.WithSkipEmptyRows(true),
			table.WithSpanCellBehavior(table.SpanBehaviorMirror), table.WithNewlineBehavior(table.NewlineBehaviorPreserve),
			// Padded columns would make every row as long as the longest.
			table.WithCellPaddingBehavior(table.CellPaddingBehaviorMinimal))))
	markdown, err := conv.ConvertNode(article.Nodes[0])
	if err != nil {
		return kb.Document{}, fmt.Errorf("html: %w", err)
	}
	return m.document(strings.TrimSpace(string(markdown)))
}

// maxSpan is how many columns or rows a cell may be mirrored into. Without a bound, one cell makes a table of any size.
const maxSpan = 50

func clampSpans(article *goquery.Selection) {
	for _, span := range []string{"colspan", "rowspan"} {
		article.Find("[" + span + "]").Each(func(_ int, cell *goquery.Selection) {
			if n, err := strconv.Atoi(strings.TrimSpace(cell.AttrOr(span, ""))); err != nil || n < 1 || n > maxSpan {
				cell.RemoveAttr(span)
			}
		})
	}
}

// pageMeta reads what a page's head says. <meta name="audience" content="business"> and the like stand for front
// matter.
func pageMeta(page *goquery.Document) meta {
	m := meta{Title: strings.Join(strings.Fields(page.Find("title").First().Text()), " ")}
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

// depth is a quick upper bound, before parsing, of how deep elements may lie: tags that open and never close.
func depth(text string) int {
	open, deepest := 0, 0
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '<' {
			continue
		}
		switch c := text[i+1]; {
		case c == '/':
			open = max(open-1, 0)
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			open++
			deepest = max(deepest, open)
		}
	}
	return deepest
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
