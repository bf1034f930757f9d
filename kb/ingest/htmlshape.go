package ingest

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// element makes a new element around children, which leave where they were.
func element(name string, children ...*html.Node) *html.Node {
	n := &html.Node{Type: html.ElementNode, Data: name, DataAtom: atom.Lookup([]byte(name))}
	for _, c := range children {
		if c.Parent != nil {
			c.Parent.RemoveChild(c)
		}
		n.AppendChild(c)
	}
	return n
}

func textNode(s string) *html.Node { return &html.Node{Type: html.TextNode, Data: s} }

// inside are n's children.
func inside(n *html.Node) (out []*html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		out = append(out, c)
	}
	return out
}

// replace puts another node where n is.
func replace(n, with *html.Node) {
	n.Parent.InsertBefore(with, n)
	n.Parent.RemoveChild(n)
}

// openDetails opens what a page folds away: the summary becomes a heading one level below that before it.
func openDetails(body *goquery.Selection) {
	level := 2
	body.Find("h1, h2, h3, h4, h5, h6, details").Each(func(_ int, s *goquery.Selection) {
		name := goquery.NodeName(s)
		if name != "details" {
			level = int(name[1] - '0')
			return
		}
		depth := min(6, level+1+s.ParentsFiltered("details").Length())
		summary := s.ChildrenFiltered("summary").First()
		if summary.Length() == 0 {
			return
		}
		heading := element("h"+strconv.Itoa(depth), textNode(oneLine(summary.Text())))
		s.Nodes[0].InsertBefore(heading, s.Nodes[0].FirstChild)
		summary.Remove()
	})
	body.Find("details").Each(func(_ int, s *goquery.Selection) {
		s.Nodes[0].Data, s.Nodes[0].DataAtom = "div", atom.Div
	})
}

// definitionLists makes list items of terms and what they mean.
func definitionLists(body *goquery.Selection) {
	body.Find("dl").Each(func(_ int, s *goquery.Selection) {
		list := element("ul")
		var item *html.Node
		defined := false
		s.Find("dt, dd").Each(func(_ int, part *goquery.Selection) {
			if part.Closest("dl").Nodes[0] != s.Nodes[0] {
				return
			}
			if term := goquery.NodeName(part) == "dt"; term && (item == nil || defined) {
				item, defined = element("li", element("strong", inside(part.Nodes[0])...)), false
				list.AppendChild(item)
				return
			} else if term {
				item.AppendChild(textNode(", "))
				item.AppendChild(element("strong", inside(part.Nodes[0])...))
				return
			}
			if item == nil {
				item = element("li")
				list.AppendChild(item)
			} else if !defined {
				item.AppendChild(textNode(": "))
			} else {
				item.AppendChild(textNode("; "))
			}
			defined = true
			for _, c := range inside(part.Nodes[0]) {
				if c.DataAtom == atom.P && part.Children().Length() == 1 { // a paragraph would break the line
					for _, c := range inside(c) {
						c.Parent.RemoveChild(c)
						item.AppendChild(c)
					}
					continue
				}
				c.Parent.RemoveChild(c)
				item.AppendChild(c)
			}
		})
		replace(s.Nodes[0], list)
	})
}

// maxSpan is how many columns or rows a cell may be mirrored into. Without a bound, one cell makes a table of any size.
const maxSpan = 50

// tables brings tables into the form that Markdown has for them: one row of columns' names, nothing inside of cells.
func tables(body *goquery.Selection) {
	all := body.Find("table")
	layout := map[*html.Node]bool{}
	all.Each(func(_ int, t *goquery.Selection) { layout[t.Nodes[0]] = laysOut(t) })
	for i := all.Length() - 1; i >= 0; i-- { // those inside of others first
		t := all.Eq(i)
		outer := t.Parent().Closest("table")
		switch {
		case layout[t.Nodes[0]]:
			unwrap(t)
		case outer.Length() > 0 && !layout[outer.Nodes[0]]:
			replace(t.Nodes[0], textNode(" "+rowsText(t)+" "))
		default:
			t.ChildrenFiltered("caption").Each(func(_ int, c *goquery.Selection) {
				p := element("p", inside(c.Nodes[0])...)
				t.Nodes[0].Parent.InsertBefore(p, t.Nodes[0])
				c.Remove()
			})
			if !clampSpans(t) {
				unwrap(t)
				continue
			}
			if namesRows(t) {
				replace(t.Nodes[0], rowList(t))
				continue
			}
			mergeHeads(t)
		}
	}
}

// laysOut reports whether a table only places things on the page.
func laysOut(t *goquery.Selection) bool {
	if role := t.AttrOr("role", ""); role == "presentation" || role == "none" {
		return true
	}
	names := t.Find("th, caption").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.Closest("table").Nodes[0] == t.Nodes[0] })
	if names.Length() > 0 {
		return false
	}
	widest := 0
	rowsOf(t).Each(func(_ int, r *goquery.Selection) { widest = max(widest, r.Children().Length()) })
	return widest < 2 || t.Find("table").Length() > 0
}

func rowsOf(t *goquery.Selection) *goquery.Selection {
	return t.Find("tr").FilterFunction(func(_ int, r *goquery.Selection) bool { return r.Closest("table").Nodes[0] == t.Nodes[0] })
}

// unwrap leaves a table's cells below each other.
func unwrap(t *goquery.Selection) {
	div := element("div")
	rowsOf(t).Each(func(_ int, r *goquery.Selection) {
		r.Children().Each(func(_ int, c *goquery.Selection) { div.AppendChild(element("div", inside(c.Nodes[0])...)) })
	})
	replace(t.Nodes[0], div)
}

// rowsText is a table on one line, for a cell of another: "Calls: €0.10; Data: €2".
func rowsText(t *goquery.Selection) string {
	var rows []string
	rowsOf(t).Each(func(_ int, r *goquery.Selection) {
		var cells []string
		r.Children().Each(func(_ int, c *goquery.Selection) {
			if text := oneLine(c.Text()); text != "" {
				cells = append(cells, text)
			}
		})
		rows = append(rows, strings.Join(cells, ": "))
	})
	return strings.Join(rows, "; ")
}

// maxCells bounds a table as Markdown writes it: every row as wide as the widest.
const maxCells = 100_000

// clampSpans takes spans out that are no numbers or too large, and reports whether the table stays within maxCells.
func clampSpans(t *goquery.Selection) bool {
	rows, widest, mirrored := 0, 0, 0
	rowsOf(t).Each(func(_ int, r *goquery.Selection) {
		wide := 0
		r.Children().Each(func(_ int, cell *goquery.Selection) {
			x, y := span(cell, "colspan"), span(cell, "rowspan")
			wide += x
			mirrored += x * y
		})
		rows++
		widest = max(widest, wide)
	})
	return mirrored <= maxCells && rows*widest <= maxCells
}

// span is how many columns or rows a cell takes.
func span(cell *goquery.Selection, name string) int {
	value, set := cell.Attr(name)
	if !set {
		return 1
	}
	n, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil || n < 1 || n > maxSpan {
		cell.RemoveAttr(name)
		return 1
	}
	return n
}

// namesRows reports whether every row begins with its name and no row names the columns.
func namesRows(t *goquery.Selection) bool {
	rows := rowsOf(t)
	all := true
	rows.Each(func(_ int, r *goquery.Selection) {
		cells := r.Children()
		all = all && cells.Length() > 1 && cells.First().Is("th") && cells.Filter("th").Length() == 1
	})
	return all && rows.Length() > 0 && t.ChildrenFiltered("thead").Length() == 0
}

// rowList makes a list of a table whose rows have names: "Price: €5".
func rowList(t *goquery.Selection) *html.Node {
	list := element("ul")
	rowsOf(t).Each(func(_ int, r *goquery.Selection) {
		item := element("li")
		r.Children().Each(func(i int, c *goquery.Selection) {
			if i == 0 {
				item.AppendChild(element("strong", textNode(oneLine(c.Text()))))
				item.AppendChild(textNode(": "))
				return
			}
			if i > 1 {
				item.AppendChild(textNode("; "))
			}
			item.AppendChild(element("span", inside(c.Nodes[0])...))
		})
		list.AppendChild(item)
	})
	return list
}

// mergeHeads makes one row of several rows of columns' names: "Europe" over "Calls" and "Data" gives "Europe: Calls"
// and "Europe: Data".
func mergeHeads(t *goquery.Selection) {
	var heads []*goquery.Selection
	rowsOf(t).EachWithBreak(func(_ int, r *goquery.Selection) bool {
		if cells := r.Children(); cells.Length() == 0 || cells.Filter("td").Length() > 0 && !(cells.Length() > 1 && oneLine(cells.Filter("td").Text()) == "") {
			return false
		}
		heads = append(heads, r)
		return len(heads) < 4
	})
	if len(heads) < 2 {
		return
	}
	names := headNames(heads)
	row := element("tr")
	for _, column := range names {
		row.AppendChild(element("th", textNode(strings.Join(slices.Compact(column), ": "))))
	}
	replace(heads[0].Nodes[0], row)
	for _, r := range heads[1:] {
		r.Remove()
	}
}

// headNames are the names over each column, outermost first, a spanning one over all that it spans.
func headNames(heads []*goquery.Selection) [][]string {
	const most = 200 // columns
	var names [][]string
	taken := map[[2]int]bool{}
	for y, r := range heads {
		x := 0
		r.Children().Each(func(_ int, c *goquery.Selection) {
			for taken[[2]int{y, x}] {
				x++
			}
			wide, _ := strconv.Atoi(c.AttrOr("colspan", "1"))
			tall, _ := strconv.Atoi(c.AttrOr("rowspan", "1"))
			for range max(1, wide) {
				if x >= most {
					return
				}
				for dy := range max(1, tall) {
					taken[[2]int{y + dy, x}] = true
				}
				for len(names) <= x {
					names = append(names, nil)
				}
				if text := oneLine(c.Text()); text != "" {
					names[x] = append(names[x], text)
				}
				x++
			}
		})
	}
	return names
}

// images leaves of a picture what it says in words.
func images(body *goquery.Selection) {
	body.Find("img").Each(func(_ int, s *goquery.Selection) {
		alt := oneLine(s.AttrOr("alt", ""))
		if alt == "" || fileName.MatchString(alt) || len(alt) > 500 {
			s.Remove()
			return
		}
		replace(s.Nodes[0], textNode(" "+alt+" "))
	})
}

// fileName is what programs write where nobody describes a picture.
var fileName = regexp.MustCompile(`(?i)^(?:[\w ()%.-]+\.(?:png|jpe?g|gif|svg|webp|bmp)|image\d*|img[ _-]?\d*|screenshot.{0,40}|mceclip\d+.*|blob.*|inline image.*)$`)

// links keeps those that lead to another page.
func links(body *goquery.Selection) {
	body.Find("a").Each(func(_ int, s *goquery.Selection) {
		href := strings.TrimSpace(s.AttrOr("href", ""))
		if href != "" && !strings.HasPrefix(href, "#") && checkURL(strings.ReplaceAll(href, " ", "%20")) == nil {
			return
		}
		if oneLine(s.Text()) == "¶" || oneLine(s.Text()) == "#" {
			s.Remove()
			return
		}
		for _, c := range inside(s.Nodes[0]) {
			s.Nodes[0].RemoveChild(c)
			s.Nodes[0].Parent.InsertBefore(c, s.Nodes[0])
		}
		s.Remove()
	})
}
