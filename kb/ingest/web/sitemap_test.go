package web

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// readAll returns what a sitemap lists, indexes marked.
func readAll(in io.Reader) (listed []string, err error) {
	err = readSitemap(in, maxSitemap, func(address string, index bool) error {
		if index {
			address = "index " + address
		}
		listed = append(listed, address)
		return nil
	})
	return listed, err
}

func TestSitemap(t *testing.T) {
	const open, closing = `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" xmlns:xhtml="http://www.w3.org/1999/xhtml">`, `</urlset>`
	for _, c := range []struct {
		name, file string
		want       []string
		err        string
	}{
		{"pages", urlset("http://h", "/a", "/b?x&y"), []string{"http://h/a", "http://h/b?x&y"}, ""},
		{"an index", sitemapIndex("http://h", "/a.xml"), []string{"index http://h/a.xml"}, ""},
		{"gzipped", gzipped(urlset("http://h", "/a")), []string{"http://h/a"}, ""},
		{"gzipped twice", gzipped(gzipped(urlset("http://h", "/a"))), nil, "sitemap is not well-formed XML at line 1"},
		{"a mark before it", "\ufeff" + urlset("http://h", "/a"), []string{"http://h/a"}, ""},
		{"pictures and translations", open + `<url><image:image><image:loc>http://h/p.png</image:loc></image:image><loc> http://h/a
			</loc><xhtml:link rel="alternate" hreflang="el" href="http://h/el"/></url>` + closing, []string{"http://h/a"}, ""},
		{"a prefix", `<s:urlset xmlns:s="x"><s:url><s:loc>http://h/a</s:loc></s:url></s:urlset>`, []string{"http://h/a"}, ""},
		{"CDATA and a comment", open + `<url><loc><![CDATA[http://h/a?x&y]]><!-- x --></loc></url>` + closing, []string{"http://h/a?x&y"}, ""},
		{"no namespace", `<urlset><url><loc>http://h/a</loc></url></urlset>`, []string{"http://h/a"}, ""},
		{"an empty location", open + `<url><loc/></url>` + closing, []string{""}, ""},
		{"Latin 1", "<?xml version='1.0' encoding='ISO-8859-1'?>" + open + "<url><loc>http://h/caf\xe9</loc></url>" + closing, []string{"http://h/café"}, ""},
		{"nothing listed", open + closing, nil, ""},
		{"lines", "http://h/a\r\n\r\n https://h/b \n", []string{"http://h/a", "https://h/b"}, ""},

		{"empty", "", nil, ""},
		{"a page", "<!DOCTYPE html><html><body>SECRET</body></html>", nil, "is not a sitemap"},
		{"a feed", "<rss><channel/></rss>", nil, "is not a sitemap"},
		{"a comment alone", "<!-- SECRET -->", nil, "is not a sitemap"},
		{"prose", "hello there\nSECRET", nil, "is not a sitemap"},
		{"another charset", "<?xml version='1.0' encoding='utf-16'?><urlset/>", nil, `charset "utf-16" cannot be read`},
		{"another version", "<?xml version='SECRET'?><urlset/>", nil, "sitemap cannot be read"},
		{"cut short", open + "<url><loc>http://h/a</loc></url><url><loc>http://h/b", []string{"http://h/a"}, "sitemap ends before it is complete"},
		{"cut in a tag", open + "<url><loc>http://h/a</loc></url><ur", []string{"http://h/a"}, "sitemap ends before it is complete"},
		{"gzip cut short", gzipped(urlset("http://h", "/a"))[:60], nil, "sitemap ends before it is complete"},
		{"gzip damaged", strings.Replace(gzipped(urlset("http://h", "/a")), "\x00\x00\x00\x00", "\x00\x00\x00\xff", 1)[:12] + "SECRET-SECRET-SECRET", nil, "sitemap cannot be read"},
		{"an entity of its own", `<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/passwd">]><urlset><url><loc>&x;</loc></url></urlset>`, nil, "sitemap is not well-formed XML at line 1"},
		{"closed twice", "<urlset></urlset></urlset>", nil, "sitemap is not well-formed XML"},
		{"a huge declaration", "<!DOCTYPE urlset [" + strings.Repeat("<!ENTITY a 'b'>", 10_000) + "]><urlset/>", nil, errTokenTooLong.reason},
		{"a huge text", open + "<url><loc>http://h/" + strings.Repeat("a", 70_000) + "</loc></url>" + closing, nil, errTokenTooLong.reason},
		{"a huge attribute", "<urlset a='" + strings.Repeat("a", 70_000) + "'/>", nil, errTokenTooLong.reason},
		{"deep", "<urlset>" + strings.Repeat("<a>", 100_000), nil, "elements of the sitemap lie deeper than 16 in each other"},
		{"a long line", "http://h/" + strings.Repeat("a", 70_000), nil, "sitemap has a line of more than 65536 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := readAll(strings.NewReader(c.file))
			equal(t, "listed", got, c.want)
			if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
				t.Errorf("error %v, want %s", err, c.err)
			}
			if err != nil && !isFailure(err) {
				t.Errorf("%T ends the run", err)
			}
		})
	}
}

// repeated gives head, then a block again and again, n bytes in all.
func repeated(head, block string, n int64) io.Reader {
	return io.MultiReader(strings.NewReader(head), io.LimitReader(&blocks{block: block}, n))
}

type blocks struct {
	block string
	at    int
}

func (b *blocks) Read(p []byte) (int, error) {
	n := copy(p, b.block[b.at:])
	b.at = (b.at + n) % len(b.block)
	return n, nil
}

func TestSitemapsThatAreTooLarge(t *testing.T) {
	for _, c := range []struct{ name, block, want string }{
		{"spaces", strings.Repeat(" ", 100) + "<url/>", "sitemap is too large: more than 3000000 bytes"},
		{"pages", "<url><loc>http://h/a</loc></url>", "sitemap lists more than 50000 addresses"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, out := io.Pipe()
			go func() {
				z := gzip.NewWriter(out)
				_, err := io.Copy(z, repeated("<urlset>", c.block, 4_000_000))
				_ = out.CloseWithError(errors.Join(err, z.Close()))
			}()
			defer in.Close()
			err := readSitemap(in, 3_000_000, func(string, bool) error { return nil })
			if err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// TestSitemapMemory reads 12 MB of what a decoder may be made to hold: open elements and texts.
func TestSitemapMemory(t *testing.T) {
	for _, block := range []string{"<url><a><b/></a><loc>x</loc></url>", "<!-- " + strings.Repeat("x", 50_000) + " -->"} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		var most uint64
		n := 0
		_ = readSitemap(repeated("<urlset>", block, 12<<20), maxSitemap, func(string, bool) error {
			if n++; n%10_000 == 0 {
				runtime.ReadMemStats(&after)
				most = max(most, after.HeapAlloc)
			}
			return nil
		})
		runtime.GC()
		runtime.ReadMemStats(&after)
		if most = max(most, after.HeapAlloc); most > before.HeapAlloc+8<<20 {
			t.Errorf("%.20s: %d MB more", block, (most-before.HeapAlloc)>>20)
		}
	}
}

func TestErrorsOfEntriesEndReading(t *testing.T) {
	stop := errors.New("stop")
	n := 0
	err := readSitemap(strings.NewReader(urlset("http://h", "/a", "/b", "/c")), maxSitemap, func(string, bool) error {
		if n++; n == 2 {
			return stop
		}
		return nil
	})
	if err != stop || n != 2 {
		t.Errorf("got %v after %d", err, n)
	}
}

// FuzzSitemap holds the reader to its limits, and to reading the same again from what it read.
func FuzzSitemap(f *testing.F) {
	for _, seed := range []string{
		urlset("http://h", "/a"), sitemapIndex("http://h", "/a"), gzipped(urlset("http://h", "/a")), "http://h/a\nhttp://h/b\n",
		"<?xml version='1.0' encoding='ISO-8859-1'?><urlset><url><loc>\xe9</loc></url></urlset>", "<urlset><url><loc>a<loc>b</loc></loc></url>",
		"<!DOCTYPE urlset [<!ENTITY x 'y'>]><urlset><url><loc>&x;</loc></url></urlset>", "", "\x1f\x8b", "\ufeff<urlset/>",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		listed, err := readAll(bytes.NewReader(file))
		if err != nil && !isFailure(err) {
			t.Fatalf("%T: %v", err, err)
		}
		again, err2 := readAll(bytes.NewReader(file))
		if fmt.Sprint(again, err2) != fmt.Sprint(listed, err) {
			t.Fatal("two readings differ")
		}
		for _, a := range listed {
			if a != strings.TrimSpace(a) || len(a) > 3*maxToken {
				t.Fatalf("address %.100q of %d bytes", a, len(a))
			}
		}
	})
}
