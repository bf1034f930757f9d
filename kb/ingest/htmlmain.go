package ingest

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// furniture is what a page has around its article, by its elements.
const furniture = "script, style, noscript, template, nav, header, footer, aside, form, iframe, svg, object, embed, audio, video, canvas, " +
	"button, dialog, input, select, textarea, [role=navigation], [role=banner], [role=contentinfo], [role=search], [role=dialog], " +
	"[role=alertdialog], [role=menu], [role=menubar], [role=complementary]"

// furnitureName is what help centres and their systems call furniture, as a whole word of a class or an id.
var furnitureName = regexp.MustCompile(`^(?:cookie(?:s|-?(?:banner|bar|consent|notice|policy|popup|law).*)?|cc-(?:window|banner)|consent(?:-.*)?|onetrust.*|gdpr.*|` +
	`breadcrumbs?(?:-.*)?|crumbs?|share(?:-?(?:links?|buttons?|bar|this|widget|icons?))?|sharing|social(?:-.*)?|addthis.*|article-share|` +
	`related(?:-?(?:articles?|posts?|links?|content|topics|questions|resources|pages))?|recommended(?:-.*)?|recent-?(?:articles?|posts?|activity.*|ly.*)|see-also-links|` +
	`article-(?:votes?|relatives|footer|return.*|unsubscribe|subscribe|more-questions|sidebar|comments?|feedback|rating|author|meta|info-bar)|` +
	`feedback(?:-.*)?|helpful(?:ness)?(?:-.*)?|was-this-helpful|votes?|voting|rating(?:s|-.*)?|csat.*|survey(?:-.*)?|` +
	`newsletter(?:-.*)?|subscribe(?:-.*)?|side-?bar(?:-.*)?|nav(?:bar|igation|-.*)?|menu(?:-.*)?|site-(?:header|footer|nav.*)|page-(?:header|footer)|footer(?:-.*)?|` +
	`toc|table-of-contents|on-this-page|pagination|pager|prev-?next|comments?(?:-.*)?|comment-list|disqus.*|ads?|advert(?:s|isement)?(?:-.*)?|promo(?:-?banner)?|` +
	`skip-?(?:link|nav|to-content)|sr-only|visually-?hidden|screen-reader-text|print-?(?:only|link|button)|live-?chat.*|chat-?widget.*|modal(?:-.*)?|popup(?:-.*)?|tooltip|` +
	`back-to-top|search(?:-(?:box|bar|form|container))?|language-(?:selector|switcher|picker)|edit-(?:page|link).*|anchor-?link|headerlink|copy-?(?:button|link))$`)

// mainPart is where a page's article stands, nil if it has no body.
func mainPart(page *goquery.Document) *goquery.Selection {
	body := page.Find("body").First()
	if body.Length() == 0 {
		return nil
	}
	sizes := map[*html.Node]int{}
	total := shownSize(body.Nodes[0], sizes)
	for _, marked := range []string{
		"[itemprop=articleBody], [itemprop=mainEntity] [itemprop=text]", "main article, [role=main] article", "main, [role=main]", "article",
		".article-body, .article__body, .article-content, .post-content, .entry-content, .kb-article, .markdown-body, .hc-article, #article-body, #main-content, #content",
	} {
		found := body.Find(marked)
		if found.Length() == 0 {
			continue
		}
		if found.Length() == 1 && 10*sizes[found.Nodes[0]] >= total {
			return found
		}
		if found.Length() > 1 { // cards, or parts of one article: what holds them all is the next pattern's affair, or the last's
			if first := found.First(); 2*sizes[first.Nodes[0]] >= total {
				return first
			}
		}
	}
	if main := body.Find("main, [role=main]").First(); main.Length() > 0 {
		return main
	}
	return goquery.NewDocumentFromNode(densest(body.Nodes[0], sizes)).Selection
}

// textSize is how many bytes of text an element has that are neither in links nor in what is no part of an article.
func textSize(n *html.Node) int {
	if n.Type == html.TextNode {
		return len(strings.TrimSpace(n.Data))
	}
	size := 0
	for c := n.FirstChild; c != nil && !aside(n); c = c.NextSibling {
		size += textSize(c)
	}
	return size
}

// shownSize is textSize without what the page hides: hidden text must not decide where the article stands. It keeps
// the sizes of all elements below.
func shownSize(n *html.Node, sizes map[*html.Node]int) int {
	if n.Type == html.TextNode {
		return len(strings.TrimSpace(n.Data))
	}
	if aside(n) || n.Type == html.ElementNode && len(n.Attr) > 0 && invisible(goquery.NewDocumentFromNode(n).Selection) {
		return 0
	}
	size := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		size += shownSize(c, sizes)
	}
	sizes[n] = size
	return size
}

// aside reports whether the text in an element does not count as an article's.
func aside(n *html.Node) bool {
	switch n.Data {
	case "script", "style", "noscript", "template", "svg", "a", "nav", "footer", "form", "button", "select", "option":
		return n.Type == html.ElementNode
	}
	return false
}

// densest goes down from the body as long as one element below has most of the text outside of links.
func densest(n *html.Node, sizes map[*html.Node]int) *html.Node {
	for {
		var heavy *html.Node
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.ElementNode && 10*sizes[c] > 8*sizes[n] && container(c) {
				heavy = c
			}
		}
		if heavy == nil {
			return n
		}
		n = heavy
	}
}

// container reports whether an element may be what holds an article. A list or a table is a part of one.
func container(n *html.Node) bool {
	switch n.Data {
	case "div", "section", "main", "article", "center":
		return true
	case "table", "tbody", "tr", "td": // pages that are laid out in tables
		return n.Data != "table" || goquery.NewDocumentFromNode(n).Find("th, caption").Length() == 0 && goquery.NewDocumentFromNode(n).Find("table").Length() > 0
	}
	return false
}

// removeFurniture takes out what is no part of the article, unless most of the text stands in it.
func removeFurniture(body *goquery.Selection) {
	body.Find("header h1, header h2").Each(func(_ int, h *goquery.Selection) { // the article's own title
		if header := h.Closest("header"); header.Closest("nav, footer, aside, [role=banner]").Length() == 0 && header.Parent().Length() > 0 {
			header.BeforeSelection(h)
		}
	})
	body.Find(furniture).Remove()
	total := textSize(body.Nodes[0])
	body.Find("[class], [id]").Each(func(_ int, s *goquery.Selection) {
		words := append(strings.Fields(strings.ToLower(s.AttrOr("class", ""))), strings.ToLower(s.AttrOr("id", "")))
		for _, w := range words {
			if furnitureName.MatchString(strings.ReplaceAll(w, "_", "-")) && 2*textSize(s.Nodes[0]) < total+1 {
				s.Remove()
				return
			}
		}
	})
	removeLinkLists(body)
}

// relatedHeading is above lists of other articles; feedbackLine is what asks whether the article was any good. Both in
// the languages that help centres here are written in.
var (
	relatedHeading = regexp.MustCompile(`(?i)^(?:related(?: articles?| topics?| links?| questions?| content| posts?)?|articles? in this section|recently viewed(?: articles?)?|recent articles?|more articles?|` +
		`you (?:may|might) also (?:like|be interested in)|people also (?:viewed|asked|ask)|popular articles?|share this(?: article| page)?|share|` +
		`artículos relacionados|temas relacionados|artículos en esta sección|también te puede interesar|compartir|verwandte (?:artikel|beiträge|themen)|ähnliche (?:artikel|beiträge|themen)|` +
		`beiträge in diesem abschnitt|das könnte sie auch interessieren|teilen|articles? (?:associés|liés|similaires|connexes|relatifs)|articles dans cette section|à lire aussi|partager|` +
		`articoli correlati|articoli in questa sezione|potrebbe interessarti anche|condividi|artigos relacionados|artigos nesta seção|talvez você também goste|compartilhar)\s*:?$`)
	feedbackLine = regexp.MustCompile(`(?i)(?:was this (?:article|page|answer|information|content|post|guide|helpful)|did this (?:article |page |answer )?(?:help|answer|solve)|(?:did you find|have you found) (?:this|it|what)|is this (?:article|page|answer) helpful|` +
		`\d+ (?:out )?of \d+ found this helpful|how (?:helpful|useful) was this|rate this (?:article|page)|still need help\?|have more questions\? submit|` +
		`(?:te|le) (?:ha )?(?:resultado|sido|fue|resultó) útil|(?:fue|ha sido|es) útil est[ea]|(?:war|ist) die(?:ser|se|ses) (?:artikel|beitrag|seite|antwort|information) hilfreich|hat ihnen die(?:ser|se|ses) (?:artikel|beitrag|seite)|` +
		`cet(?:te)? (?:article|page|réponse|information) vous a(?:-t-(?:il|elle))? (?:été|aidé)|avez-vous trouvé (?:cet|cette)|quest[oa] (?:articolo|pagina|risposta) (?:ti |le )?è stat[oa] utile|ti è stato utile|` +
		`est[ea] (?:artigo|página|resposta) foi útil|(?:isto|isso) foi útil)`)
)

// removeLinkLists takes out headings of other articles with the list below each.
func removeLinkLists(body *goquery.Selection) {
	body.Find("h2, h3, h4, h5, h6, p, strong, div").Each(func(_ int, h *goquery.Selection) {
		text, short := shortText(h.Nodes[0], 100)
		if !short || h.Children().Length() > 1 || !relatedHeading.MatchString(text) {
			return
		}
		for next := h.Next(); next.Length() > 0 && mostlyLinks(next); next = h.Next() {
			next.Remove()
		}
		h.Remove()
	})
}

// mostlyLinks reports whether an element is a list of links.
func mostlyLinks(s *goquery.Selection) bool {
	if s.Is("h1, h2, h3, h4, h5, h6") {
		return false
	}
	all := len(oneLine(s.Text()))
	return s.Find("a").Length() > 0 && 4*textSize(s.Nodes[0]) < all
}

// removeFeedback takes out the short pieces that ask whether the article was helpful.
func removeFeedback(body *goquery.Selection) {
	body.Find("p, div, section, span, h2, h3, h4, h5, h6, li, fieldset, label, strong, small").Each(func(_ int, s *goquery.Selection) {
		if text, short := shortText(s.Nodes[0], 200); short && feedbackLine.MatchString(text) {
			s.Remove()
		}
	})
}

// shortText is an element's text on one line, if it has at most limit bytes with its blanks. It looks no further.
func shortText(n *html.Node, limit int) (text string, short bool) {
	var b strings.Builder
	var walk func(*html.Node) bool
	walk = func(n *html.Node) bool {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil && b.Len() <= limit; c = c.NextSibling {
			if !walk(c) {
				return false
			}
		}
		return b.Len() <= limit
	}
	if !walk(n) {
		return "", false
	}
	return oneLine(b.String()), true
}

// breadcrumbs are the names on the way to a page, outermost first, without the home page's and its own.
func breadcrumbs(page *goquery.Document, title string) []string {
	names := linkedData(page)
	for _, where := range []string{
		"[itemtype$=BreadcrumbList] [itemprop=name]", "nav[aria-label*=readcrumb] li, nav[aria-label*=readcrumb] > a",
		".breadcrumbs li, .breadcrumb li, .breadcrumbs > a, .breadcrumb > a, [class*=breadcrumb] li",
	} {
		if len(names) > 0 {
			break
		}
		page.Find(where).Each(func(_ int, s *goquery.Selection) {
			if name := strings.Trim(oneLine(s.Text()), " ›»>/"); name != "" {
				names = append(names, name)
			}
		})
	}
	if n := len(names); n > 0 && isTitle(names[n-1], title) {
		names = names[:n-1]
	}
	if len(names) > 0 && homeName.MatchString(names[0]) {
		names = names[1:]
	}
	for _, n := range names {
		if utf8.RuneCountInString(n) > 80 {
			return nil // no trail of names
		}
	}
	if len(names) > 8 {
		return nil
	}
	return names
}

// isTitle reports whether the last name on the way to a page is its own title, which may be cut there.
func isTitle(name, title string) bool {
	head, cut := strings.CutSuffix(strings.TrimSuffix(name, "..."), "…")
	return strings.EqualFold(name, title) || (cut || strings.HasSuffix(name, "...")) && strings.HasPrefix(title, strings.TrimSpace(head))
}

var homeName = regexp.MustCompile(`(?i)^(?:home(?:page)?|start(?:seite)?|inicio|accueil|início|.{0,40}\b(?:help ?cent(?:er|re)|support|help|ayuda|hilfe|aide|assistenza|ajuda))$`)

// linkedData reads the breadcrumbs in a page's JSON-LD.
func linkedData(page *goquery.Document) (names []string) {
	page.Find("script[type='application/ld+json']").EachWithBreak(func(_ int, s *goquery.Selection) bool {
		type list struct {
			Type  string `json:"@type"`
			Items []struct {
				Name string          `json:"name"`
				Item json.RawMessage `json:"item"`
			} `json:"itemListElement"`
		}
		var graph struct {
			list
			Graph []list `json:"@graph"`
		}
		if json.Unmarshal([]byte(s.Text()), &graph) != nil {
			return true
		}
		for _, l := range append(graph.Graph, graph.list) {
			if l.Type != "BreadcrumbList" {
				continue
			}
			for _, item := range l.Items {
				var thing struct{ Name string }
				if item.Name == "" {
					_ = json.Unmarshal(item.Item, &thing) // an address alone has no name
					item.Name = thing.Name
				}
				if item.Name = oneLine(item.Name); item.Name != "" {
					names = append(names, item.Name)
				}
			}
			return false
		}
		return true
	})
	return names
}
