package web

import (
	"io/fs"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"testing"
)

func TestNormalAddresses(t *testing.T) {
	for given, want := range map[string]string{
		"http://h":                              "http://h/",
		"HTTPS://Help.Example.:443/A?b=C#d":     "https://help.example/A?b=C",
		"http://h:0080/":                        "http://h/",
		"http://h:443/":                         "http://h:443/",
		"https://h:80/":                         "https://h:80/",
		"http://h/a/./b/../c":                   "http://h/a/c",
		"http://h/%2e%2e/%2E./a":                "http://h/a",
		"http://h/../../a":                      "http://h/a",
		"http://h//a//b":                        "http://h//a//b",
		"http://h/%7Ea/%c3%a9/é/%2f/a b":        "http://h/~a/%C3%A9/%C3%A9/%2F/a%20b",
		"http://h/a;b=1,2/(c)!'*":               "http://h/a;b=1,2/(c)!'*",
		"http://h/?q=a b\"<>é&x=%41":            "http://h/?q=a%20b%22%3C%3E%C3%A9&x=A",
		"http://h/?q=a+b&r[]=1":                 "http://h/?q=a+b&r%5B%5D=1",
		"http://h/?":                            "http://h/",
		"http://bücher.example/":                "http://xn--bcher-kva.example/",
		"http://my_service:8080/":               "http://my_service:8080/",
		"http://[2001:DB8:0::1]:8080/a":         "http://[2001:db8::1]:8080/a",
		"http://[::ffff:192.0.2.1]/":            "http://192.0.2.1/",
		"http://127。0。0。1/":                     "http://127.0.0.1/",
		" http://h/a\n":                         "http://h/a",
		"http://" + strings.Repeat("a", 64):     "",
		"http://h/%":                            "",
		"http://h/a\tb":                         "",
		"http://-h.example/":                    "",
		"http://h.example:x/":                   "",
		"http://h%2eexample/":                   "",
		"//h/a":                                 "",
		"/a":                                    "",
		"mailto:a@h":                            "",
		"http://h/" + strings.Repeat("é", 1000): "", // longer than allowed when escaped
	} {
		u, err := parse(given)
		if got := stringOf(u); got != want || (err == nil) != (want != "") {
			t.Errorf("%.80q: %q, %v, want %q", given, got, err, want)
		}
	}
}

func stringOf(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.String()
}

func TestScope(t *testing.T) {
	for _, c := range []struct {
		start, address string
		want           string // "" = refused
	}{
		{"https://help.example/", "https://help.example/a", "https://help.example/a"},
		{"https://help.example/", "https://www.help.example/a", "https://www.help.example/a"},
		{"https://www.help.example/", "https://help.example/a", "https://help.example/a"},
		{"https://help.example/", "http://help.example/a", "https://help.example/a"},
		{"http://help.example/", "https://help.example/a", "https://help.example/a"},
		{"https://help.example/", "https://docs.example/a", "https://docs.example/a"},
		{"https://help.example/", "https://example/a", ""},
		{"https://help.example/", "https://x.help.example/", ""},
		{"https://help.example/", "https://help.example.evil.test/", ""},
		{"https://help.example/", "https://help.example:8443/", ""},
		{"https://help.example:8443/", "https://help.example:8443/a", "https://help.example:8443/a"},
		{"https://help.example:8443/", "https://help.example/a", "https://help.example/a"},
		{"https://help.example:8443/", "http://help.example:8443/a", ""},
		{"http://10.0.0.7:8080/", "http://10.0.0.7:8080/a", "http://10.0.0.7:8080/a"},
		{"http://10.0.0.7/", "http://10.0.0.8/a", ""},
		{"http://[2001:db8::1]/", "http://[2001:DB8:0:0::1]/a", "http://[2001:db8::1]/a"},
	} {
		start, err := parse(c.start)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(c.address)
		if err != nil {
			t.Fatal(err)
		}
		got, err := newScope(start, []string{"DOCS.example", "not a host"}).admit(u)
		if stringOf(got) != c.want || (err == nil) != (c.want != "") {
			t.Errorf("from %s to %s: %q, %v, want %q", c.start, c.address, stringOf(got), err, c.want)
		}
	}
}

// FuzzAddress holds what is admitted to the rules, whatever is written.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{
		"http://help.example/a", "https://help.example:443/%2e%2e/a?b#c", "http://2130706433/", "http://0x7f.1/", "http://[::1%25lo]/",
		"http://help.example@evil.test/", "http://help.example\\@evil.test/", "//evil.test", "/a/../b", "http://[::ffff:7f00:1]/", "http://127。0。0。1/", "?q", "http://h//..//x/%",
	} {
		f.Add(seed)
	}
	start, err := parse("http://help.example/")
	if err != nil {
		f.Fatal(err)
	}
	s := newScope(start, nil)
	f.Fuzz(func(t *testing.T, address string) {
		u, err := start.Parse(address)
		if err != nil {
			return
		}
		if u, err = s.admit(u); err != nil {
			if !isFailure(err) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		text := u.String()
		if u.Scheme != "http" && u.Scheme != "https" || siteName(u.Hostname()) != "help.example" || u.User != nil || len(text) > maxAddress {
			t.Fatalf("%q was admitted as %q", address, text)
		}
		if strings.ContainsAny(text, " \t\r\n#\\\"<>") || strings.Contains(u.Path+"/", "/../") {
			t.Fatalf("%q became %q", address, text)
		}
		again, err := parse(text)
		if err != nil || again.String() != text {
			t.Fatalf("%q became %q and then %v, %v", address, text, again, err)
		}
		if name := (Page{URL: text, ContentType: "text/html"}).Name(); !fs.ValidPath(name) || path.Ext(name) != ".html" {
			t.Fatalf("%q has the name %q", text, name)
		}
	})
}

// FuzzHost holds hosts to what a resolver cannot take for another address than we do.
func FuzzHost(f *testing.F) {
	for _, seed := range []string{"help.example", "127.0.0.1", "1.2.3.4.", "0x7f.1", "１２７.0.0.1", "::1", "::ffff:1.2.3.4", "a..b", "ß.example", "xn--", "1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, host string) {
		got, err := normalHost(host)
		if err != nil {
			return
		}
		if _, err := netip.ParseAddr(strings.Trim(got, "[]")); err == nil {
			return
		}
		if last := got[strings.LastIndexByte(got, '.')+1:]; numeric(last) || strings.Trim(got, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
			t.Fatalf("%q became %q", host, got)
		}
	})
}

// FuzzRobots holds the reader to not failing and to rules that allow where nothing is forbidden.
func FuzzRobots(f *testing.F) {
	f.Add("User-agent: *\nDisallow: /a*b$\nAllow: /\nCrawl-delay: 3\nSitemap: x", "/ab")
	f.Add("user-agent: switchboardbot\ndisallow: *", "/")
	f.Fuzz(func(t *testing.T, file, p string) {
		r := parseRobots([]byte(file), "switchboardbot")
		if r.delay < 0 || r.delay > maxCrawlDelay {
			t.Fatalf("delay %v", r.delay)
		}
		if !r.allows(p) && !strings.Contains(strings.ToLower(file), "disallow") {
			t.Fatalf("%q is forbidden", p)
		}
	})
}

func TestNames(t *testing.T) {
	for _, c := range []struct{ url, contentType, want string }{
		{"https://help.example/", "text/html", "help.example/index.html"},
		{"https://help.example/roaming/fees", "text/html", "help.example/roaming/fees.html"},
		{"https://help.example/roaming/fees.html", "text/html", "help.example/roaming/fees.html"},
		{"https://help.example/roaming/fees.htm", "text/html", "help.example/roaming/fees.html"},
		{"https://help.example/roaming/", "text/html", "help.example/roaming/index.html"},
		{"https://help.example/guide.php", "text/html", "help.example/guide.php.html"},
		{"https://help.example/guide.md", "text/markdown", "help.example/guide.md"},
		{"https://help.example/terms.pdf", "application/pdf", "help.example/terms.pdf"},
		{"https://help.example/download", "application/pdf", "help.example/download.pdf"},
		{"https://help.example:8443/a", "text/plain", "help.example-8443/a.txt"},
		{"https://help.example/a?id=7", "text/html", "help.example/a-79492bb4.html"},
		{"https://help.example/A", "text/html", "help.example/a-3a7827d5.html"},
		{"https://help.example/.hidden", "text/html", "help.example/-hidden-89870041.html"},
		{"https://help.example/caf%C3%A9", "text/html", "help.example/caf--816ca777.html"},
		{"https://[2001:db8::1]/a", "text/html", "-2001-db8--1-/a.html"},
	} {
		got := Page{URL: c.url, ContentType: c.contentType}.Name()
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.url, got, c.want)
		}
	}
}
