package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"

	"switchboard/kb/ingest/web"
)

// A help centre on an internal host: its network has to be allowed.
func Example() {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/robots.txt":
			fmt.Fprintln(w, "User-agent: *\nDisallow: /staff/\nSitemap: /map.txt")
		case "/map.txt":
			fmt.Fprintf(w, "http://%[1]s/fees\nhttp://%[1]s/staff/fees\n", r.Host)
		default:
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintln(w, "<h1>Late fees</h1>")
		}
	}))
	defer site.Close()

	f := web.New(web.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Rate: 100})
	report, err := f.Fetch(context.Background(), site.URL, func(p web.Page) error {
		fmt.Println(strings.SplitN(p.Name(), "/", 2)[1], p.ContentType, len(p.Body), "bytes")
		return nil
	})
	fmt.Println(report.Pages, "page,", report.Rejected[0].Reason, err)
	// Output:
	// fees.html text/html 19 bytes
	// 1 page, robots.txt forbids it <nil>
}
