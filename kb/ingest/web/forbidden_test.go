package web

import (
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestForbiddenTargets asks for a server on loopback in every way, without leave: it must not hear of it.
func TestForbiddenTargets(t *testing.T) {
	s := newSite(t)
	s.html("/", "/sitemap.xml")
	const private = "is not a public address and not in an allowed network"
	const number = "host is a number in an unusual spelling"
	cache := t.TempDir()
	for _, c := range []struct{ target, want string }{
		{"http://127.0.0.1:PORT/", private},
		{"http://127.0.0.1:PORT/sitemap.xml", private},
		{"http://127.8.8.8:PORT/", private},
		{"http://0.0.0.0:PORT/", private},
		{"http://[::1]:PORT/", private},
		{"http://[::]:PORT/", private},
		{"http://[::ffff:127.0.0.1]:PORT/", private},
		{"http://[::ffff:7f00:1]:PORT/", private},
		{"http://localhost:PORT/", private},
		{"http://LOCALHOST.:PORT/", private},
		{"http://127.0.0.1.:PORT/", private},
		{"http://127。0。0。1:PORT/", private},
		{"http://１２７.0.0.1:PORT/", private},
		{"http://169.254.169.254:PORT/latest/meta-data/", private},
		{"http://10.0.0.1:PORT/", private},
		{"http://168.63.129.16:PORT/", private},
		{"http://2130706433:PORT/", number},
		{"http://0x7f000001:PORT/", number},
		{"http://0x7f.0.0.1:PORT/", number},
		{"http://0177.0.0.1:PORT/", number},
		{"http://127.1:PORT/", number},
		{"http://0:PORT/", number},
		{"http://017700000001:PORT/", number},
		{"http://[fe80::1%25lo]:PORT/", "host is an address with a zone"},
		{"http://user:secret@127.0.0.1:PORT/", "address holds a user name or a password"},
		{"http://help.example@127.0.0.1:PORT/", "address holds a user name or a password"},
		{"http://help.example\\@127.0.0.1:PORT/", "address cannot be read"},
		{"http://help..example:PORT/", "host name is not valid"},
		{"file:///etc/passwd", `address has the scheme "file", neither http nor https`},
		{"gopher://127.0.0.1:PORT/", `address has the scheme "gopher", neither http nor https`},
		{"http:127.0.0.1:PORT/", "address names no host"},
		{"http:///etc/passwd", "address names no host"},
		{"127.0.0.1:PORT", "address cannot be read"},
		{"http://127.0.0.1:99999/", "address has no valid port"},
		{"http://help.example/" + strings.Repeat("a", maxAddress), "address is longer than 2048 bytes"},
	} {
		o := quick()
		o.Allow, o.Cache = nil, cache
		target := strings.Replace(c.target, "PORT", s.port(), 1)
		got := fetch(t, o, target)
		if got.err == nil || !strings.HasSuffix(got.err.Error(), c.want) || strings.Contains(got.err.Error(), "secret") {
			t.Errorf("%.60s: %v, want %s", target, got.err, c.want)
		}
	}
	if n := s.conns.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
	if made, err := os.ReadDir(cache); err != nil || len(made) > 2 { // for the two names of localhost, which are looked up first
		t.Errorf("caches were opened: %v, %v", made, err)
	}
}

func TestGuardian(t *testing.T) {
	allow := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00:1::/32"), netip.MustParsePrefix("::ffff:10.2.0.0/112"), {}}
	start, _ := url.Parse("https://help.example:8443/")
	g := newGuardian(New(Options{Allow: allow}).allow, start)
	for _, c := range []struct {
		addresses string
		allowed   bool
	}{
		{"93.184.215.14 8.8.8.8 2606:4700::1111", true},
		{"10.1.2.3 10.2.3.4 fd00:1::7", true}, // in allowed networks
		{"10.3.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 100.100.100.200", false},
		{"127.0.0.1 127.255.255.255 0.0.0.0 0.1.2.3 169.254.169.254 169.254.170.2 168.63.129.16 192.0.0.192", false},
		{"192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255", false},
		{":: ::1 fe80::1 fec0::1 fc00::1 fd00:ec2::254 ff02::1 ff0e::1 100::1", false},
		{"::ffff:127.0.0.1 ::ffff:10.1.2.3 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::7f00:1 2002:7f00:1:: 2001:0:7f00:1:: 2001:db8::1", false},
	} {
		for a := range strings.FieldsSeq(c.addresses) {
			if err := g.SafeAddr(netip.MustParseAddr(a)); (err == nil) != c.allowed {
				t.Errorf("%s: %v", a, err)
			}
		}
	}
	for port, allowed := range map[uint16]bool{80: true, 443: true, 8443: true, 22: false, 6379: false, 8080: false} {
		if err := g.SafeAddrPort(netip.AddrPortFrom(netip.MustParseAddr("8.8.8.8"), port)); (err == nil) != allowed {
			t.Errorf("port %d: %v", port, err)
		}
	}
}

func TestNamesOfForbiddenAddresses(t *testing.T) {
	s := newSite(t)
	s.html("/a")
	const private = "is not a public address"
	for address, want := range map[string]string{
		"127.0.0.1": private, "0.0.0.0": private, "169.254.169.254": private, "10.0.0.1": private,
		"::ffff:127.0.0.1": private, "::1": "", // where there is no IPv6, for that reason
	} {
		o := quick()
		o.Allow = nil
		o.Resolver = newResolver(t, address)
		got := fetch(t, o, "http://help.test:"+s.port()+"/a")
		if got.err == nil || !strings.Contains(got.err.Error(), want) {
			t.Errorf("%s: %v", address, got.err)
		}
	}
	if n := s.conns.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

// TestRebinding has a name that means an allowed address when it is first looked up and a forbidden one after that.
func TestRebinding(t *testing.T) {
	front := newSiteAt(t, "127.0.0.2:0")
	inner := newSiteAt(t, "127.0.0.1:"+front.port())
	front.Config.SetKeepAlivesEnabled(false) // so that each request is a new connection and a new look-up
	front.html("/a")
	inner.html("/a")
	o := quick()
	o.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}
	o.Resolver = newResolver(t, "127.0.0.2", "127.0.0.1")
	got := fetch(t, o, "http://help.test:"+front.port()+"/a")
	if got.err == nil || !strings.Contains(got.err.Error(), "127.0.0.1:"+front.port()+" is not a public address") {
		t.Errorf("got %v", got.err)
	}
	equal(t, "allowed", front.requests(), []string{"/robots.txt"})
	if n := inner.conns.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

func TestRedirects(t *testing.T) {
	front := newSiteAt(t, "127.0.0.2:0")
	inner := newSiteAt(t, "127.0.0.1:"+front.port())
	inner.html("/a", "/sitemap.xml")
	front.html("/ok")
	front.redirect("/1", "/2")
	front.redirect("/2", "3#here")
	front.redirect("/3", front.URL+"/ok")
	front.redirect("/loop", "/loop")
	for from, to := range map[string]string{
		"/inner": inner.URL + "/a", "/other": "http://other.example/", "/relative": "//other.example/", "/file": "file:///etc/passwd",
		"/port": "http://127.0.0.2:1/", "/user": "http://u:secret@127.0.0.2:" + front.port() + "/ok", "/number": "http://2130706433/",
		"/script": "javascript:alert(1)", "/listed": "http://internal.test:" + front.port() + "/a", "/nowhere": "", "/unreadable": "http://[",
	} {
		front.redirect(from, to)
	}
	o := quick()
	o.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}
	o.Hosts = []string{"internal.test"}
	o.Resolver = newResolver(t, "127.0.0.1")
	const outside = "redirects to where it may not: "
	for _, c := range []struct{ path, want string }{
		{"/inner", outside + `host "127.0.0.1" is neither the one that was asked for nor listed`},
		{"/other", outside + `host "other.example" is neither the one that was asked for nor listed`},
		{"/relative", outside + `host "other.example" is neither the one that was asked for nor listed`},
		{"/file", outside + `address has the scheme "file", neither http nor https`},
		{"/script", outside + `address has the scheme "javascript", neither http nor https`},
		{"/port", outside + "port 1 is neither 80, 443 nor the one that was asked for"},
		{"/user", outside + "address holds a user name or a password"},
		{"/number", outside + "host is a number in an unusual spelling"},
		{"/listed", "robots.txt: 127.0.0.1:" + front.port() + " is not a public address and not in an allowed network"},
		{"/loop", "redirects more than 5 times"},
		{"/nowhere", "redirects to an address that cannot be read"},
		{"/unreadable", "server gave no answer that can be read"},
	} {
		if got := fetch(t, o, front.URL+c.path); got.err == nil || !strings.HasSuffix(got.err.Error(), ": "+c.want) {
			t.Errorf("%s: %v, want %s", c.path, got.err, c.want)
		}
	}
	if got := fetch(t, o, front.URL+"/1"); got.err != nil || !slices.Equal(got.urls(), []string{front.URL + "/ok"}) {
		t.Errorf("three redirects: %v, %v", got.urls(), got.err)
	}

	front.redirect("/sitemap.xml", inner.URL+"/sitemap.xml")
	if got := fetch(t, o, front.URL+"/sitemap.xml"); got.err == nil || !strings.Contains(got.err.Error(), outside) {
		t.Errorf("sitemap that redirects: %v", got.err)
	}
	front.redirect("/robots.txt", inner.URL+"/robots.txt")
	if got := fetch(t, o, front.URL+"/ok"); got.err == nil || !strings.Contains(got.err.Error(), "robots.txt: "+outside) {
		t.Errorf("robots.txt that redirects: %v", got.err)
	}
	if n := inner.conns.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

func TestHTTPSStaysHTTPS(t *testing.T) {
	plain := newSite(t)
	plain.html("/a")
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/page":
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<p>safe</p>")
		case "/down":
			http.Redirect(w, r, plain.URL+"/a", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	o := quick()
	if got := fetch(t, o, s.URL+"/page"); got.err == nil || !strings.Contains(got.err.Error(), "certificate cannot be verified") {
		t.Errorf("unknown authority: %v", got.err)
	}
	o.RootCAs = x509.NewCertPool()
	o.RootCAs.AddCert(s.Certificate())
	if got := fetch(t, o, s.URL+"/page"); got.err != nil || len(got.pages) != 1 {
		t.Errorf("known authority: %v", got.err)
	}
	if got := fetch(t, o, s.URL+"/down"); got.err == nil || !strings.Contains(got.err.Error(), "leads from https to http") {
		t.Errorf("downgrade: %v", got.err)
	}
	if plain.conns.Load() != 0 {
		t.Error("the page was fetched over http")
	}
}

// TestNoProxy sets a proxy that a Fetcher must not use.
func TestNoProxy(t *testing.T) {
	proxy, s := newSite(t), newSite(t)
	s.html("/a")
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"} {
		t.Setenv(name, proxy.URL)
	}
	o := quick()
	o.Resolver = newResolver(t, "127.0.0.1")
	if got := fetch(t, o, "http://help.test:"+s.port()+"/a"); got.err != nil || proxy.conns.Load() != 0 {
		t.Errorf("got %v, %d connections to the proxy", got.err, proxy.conns.Load())
	}
}

// TestReasonsHoldNoBodies keeps what a failing server says out of a report.
func TestReasonsHoldNoBodies(t *testing.T) {
	s := newSite(t)
	s.sitemap("/1", "/2", "/3", "/4")
	s.status("/1", 599)
	s.status("/2", 403)
	s.set("/3", func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nSECRET line\r\n\r\nSECRET")
			_ = c.Close()
		}
	})
	s.set("/4", func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\nSECRET\r\n")
			_ = c.Close()
		}
	})
	got := fetch(t, quick(), s.URL)
	if len(got.Rejected) != 4 {
		t.Fatalf("rejected %+v", got.Rejected)
	}
	for _, r := range got.Rejected {
		if strings.Contains(r.Reason, "SECRET") {
			t.Errorf("%s: %s", r.URL, r.Reason)
		}
	}
}
