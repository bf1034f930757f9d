package web

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRobots(t *testing.T) {
	for _, c := range []struct {
		name, file         string
		allowed, forbidden string // paths
	}{
		{"nothing", "", "/ /a", ""},
		{"all", "User-agent: *\nDisallow: /", "/robots.txt", "/ /a"},
		{"an empty rule", "User-agent: *\nDisallow:", "/ /a", ""},
		{"the beginning", "User-agent: *\nDisallow: /fish", "/ /Fish /a/fish", "/fish /fish.html /fishheads/yummy.html?x"},
		{"a folder", "User-agent: *\nDisallow: /fish/", "/fish /fish.html", "/fish/ /fish/salmon"},
		{"an asterisk", "User-agent: *\nDisallow: /*.php", "/ /windows.PHP", "/x.php /folder/x.php?a /x.php5"},
		{"the end", "User-agent: *\nDisallow: /*.php$", "/x.php? /x.php/ /x.php5", "/x.php /folder/x.php"},
		{"an asterisk inside begins at the beginning", "User-agent: *\nDisallow: /fish*.php", "/x/fish.php /Fish.php", "/fish.php /fishheads/cat.php?x"},
		{"asterisks in turn", "User-agent: *\nDisallow: /a*b*c$", "/acb /abcd", "/abc /a-b-c /abcbc"},
		{"a dollar inside", "User-agent: *\nDisallow: /a$b", "/a", "/a$b"},
		{"the longest rule", "User-agent: *\nDisallow: /\nAllow: /help\nDisallow: /help/old", "/help /help/new", "/x /help/old/a"},
		{"allow among equals", "User-agent: *\nDisallow: /page\nAllow: /page", "/page", ""},
		{"allow among equals, given first", "User-agent: *\nAllow: /page\nDisallow: /page", "/page", ""},
		{"the order counts for nothing", "User-agent: *\nAllow: /help/new\nDisallow: /help", "/help/new/a", "/help"},
		{"our group alone", "User-agent: *\nDisallow: /\n\nUser-agent: SwitchboardBot\nDisallow: /x", "/a", "/x"},
		{"our group, with a version", "User-agent: switchboardbot/2.0\nDisallow: /x\nUser-agent: *\nDisallow: /", "/a", "/x"},
		{"another with our beginning", "User-agent: Switchboard\nDisallow: /\nUser-agent: SwitchboardBotX\nDisallow: /", "/a", ""},
		{"groups that share rules", "User-agent: a\nUser-agent: SwitchboardBot\nUser-agent: b\nDisallow: /x\n\nUser-agent: c\nDisallow: /", "/a", "/x"},
		{"groups of one name", "User-agent: SwitchboardBot\nDisallow: /x\nUser-agent: c\nDisallow: /\nUser-agent: SwitchboardBot\nDisallow: /y", "/a", "/x /y"},
		{"a sitemap does not end a group", "User-agent: SwitchboardBot\nSitemap: /s.xml\nDisallow: /x", "/a", "/x"},
		{"an empty group", "User-agent: SwitchboardBot\n\nUser-agent: *\nDisallow: /", "", "/a"},
		{"rules before a name", "Disallow: /\nUser-agent: *\nDisallow: /x", "/a", "/x"},
		{"bad lines", "User-agent: *\nCrawl-delay: soon\nnonsense\n: \nNoindex: /\nDisallow: /x", "/a", "/x"},
		{"comments, mark, Windows line ends, spaces", "\ufeff# us\r\nUSER-AGENT :  * # all\r\n  disallow:/x # not this\r\n", "/a", "/x"},
		{"old line ends", "User-agent: *\rDisallow: /x\r", "/a", "/x"},
		{"no slash", "User-agent: *\nDisallow: x", "/a", "/x"},
		{"escapes", "User-agent: *\nDisallow: /caf%c3%a9\nDisallow: /naïve\nDisallow: /%7Eme\nDisallow: /a b", "/a", "/caf%C3%A9 /na%C3%AFve /~me /a%20b"},
		{"a question", "User-agent: *\nDisallow: /*?", "/a", "/a?b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := parseRobots([]byte(c.file), "switchboardbot")
			for p := range strings.FieldsSeq(c.allowed) {
				if !r.allows(p) {
					t.Errorf("%s is forbidden", p)
				}
			}
			for p := range strings.FieldsSeq(c.forbidden) {
				if r.allows(p) {
					t.Errorf("%s is allowed", p)
				}
			}
		})
	}
}

func TestRobotsDelay(t *testing.T) {
	for file, want := range map[string]time.Duration{
		"User-agent: *\nCrawl-delay: 2.5":                                               2500 * time.Millisecond,
		"User-agent: *\nCrawl-delay: 9\nUser-agent: SwitchboardBot\nDisallow: /x":       0,
		"User-agent: *\nCrawl-delay: -1":                                                0,
		"User-agent: *\nCrawl-delay: NaN":                                               0,
		"User-agent: *\nCrawl-delay: Inf":                                               maxCrawlDelay,
		"User-agent: *\nCrawl-delay: 1e300":                                             maxCrawlDelay,
		"User-agent: x\nCrawl-delay: 9\nUser-agent: *\nUser-agent: y\nCrawl-delay: 1\n": time.Second,
	} {
		if got := parseRobots([]byte(file), "switchboardbot").delay; got != want {
			t.Errorf("%q: %v, want %v", file, got, want)
		}
	}
}

func TestRobotsAnswers(t *testing.T) {
	const big = 600 << 10
	for _, c := range []struct {
		name string
		set  func(s *site)
		want string // "" = the page comes
	}{
		{"not there", func(*site) {}, ""},
		{"for others", func(s *site) { s.status("/robots.txt", http.StatusForbidden) }, ""},
		{"broken", func(s *site) { s.status("/robots.txt", http.StatusInternalServerError) }, "robots.txt: server answered 500 Internal Server Error"},
		{"busy", func(s *site) { s.status("/robots.txt", http.StatusServiceUnavailable, "Retry-After", "0") }, "robots.txt: server answered 503 Service Unavailable 3 times"},
		{"too many requests", func(s *site) { s.status("/robots.txt", http.StatusTooManyRequests, "Retry-After", "0") }, "robots.txt: server answered 429 Too Many Requests 3 times"},
		{"too slow for itself", func(s *site) { s.status("/robots.txt", http.StatusRequestTimeout) }, "robots.txt: server answered 408 Request Timeout"},
		{"broken off", func(s *site) {
			s.set("/robots.txt", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		}, "robots.txt: connection broke off"},
		{"elsewhere on the site", func(s *site) {
			s.redirect("/robots.txt", "/r.txt")
			s.page("/r.txt", "text/plain", "User-agent: *\nDisallow: /a")
		}, "robots.txt forbids it"},
		{"a rule after half a megabyte", func(s *site) {
			s.page("/robots.txt", "text/plain", "User-agent: *\nDisallow: /x\n"+strings.Repeat("# comment\n", big/10)+"Disallow: /a\n")
		}, ""},
		{"a rule that is cut there", func(s *site) {
			head := "User-agent: *\nDisallow: /x\n"
			s.page("/robots.txt", "text/plain", head+strings.Repeat("\n", maxRobots-len(head)-len("Disallow: /"))+"Disallow: /aaa\n")
		}, ""},
		{"much of one line", func(s *site) {
			s.page("/robots.txt", "text/plain", strings.Repeat("x", big))
		}, ""},
		{"where a redirect leads", func(s *site) {
			s.redirect("/a", "/private/a")
			s.page("/robots.txt", "text/plain", "User-agent: *\nDisallow: /private")
		}, "robots.txt forbids it"},
		{"dots around it", func(s *site) {
			s.page("/robots.txt", "text/plain", "User-agent: *\nDisallow: /private")
			s.redirect("/a", "/b/%2e%2e/private")
		}, "robots.txt forbids it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t)
			s.html("/a", "/private", "/private/a")
			c.set(s)
			got := fetch(t, quick(), s.URL+"/a")
			if c.want == "" && got.err != nil || c.want != "" && (got.err == nil || !strings.HasSuffix(got.err.Error(), ": "+c.want)) {
				t.Errorf("got %v, want %q", got.err, c.want)
			}
			asked := 0
			for _, p := range s.requests() {
				if strings.HasPrefix(p, "/private") {
					t.Errorf("asked for %s", p)
				}
				if p == "/robots.txt" {
					asked++
				}
			}
			if asked != 1 && !strings.HasSuffix(c.want, "3 times") {
				t.Errorf("asked for robots.txt %d times", asked)
			}
		})
	}
}
