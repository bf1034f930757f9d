package web

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	s := newSite(t)
	s.sitemap("/1", "/2", "/3")
	s.html("/1", "/2", "/3")
	f, c := timed(Options{Allow: loopback, Concurrency: 1})
	if got := fetchWith(t.Context(), f, s.URL); got.Pages != 3 {
		t.Fatalf("got %+v, %v", got.Report, got.err)
	}
	want := slices.Repeat([]time.Duration{500 * time.Millisecond}, 4) // robots.txt goes at once; sitemap and pages wait
	if !slices.Equal(c.slept, want) {
		t.Errorf("slept %v, want %v", c.slept, want)
	}
	// The next Fetch waits for the last one's sake.
	c.slept = nil
	fetchWith(t.Context(), f, s.URL+"/1")
	if len(c.slept) != 2 {
		t.Errorf("slept %v", c.slept)
	}
}

func TestCrawlDelay(t *testing.T) {
	for given, want := range map[string]time.Duration{"3": 3 * time.Second, "0.1": 500 * time.Millisecond, "3600": maxCrawlDelay} {
		s := newSite(t)
		s.page("/robots.txt", "text/plain", "User-agent: switchboardbot\nCrawl-delay: "+given+"\n")
		s.sitemap("/1", "/2")
		s.html("/1", "/2")
		f, c := timed(Options{Allow: loopback, Concurrency: 1})
		fetchWith(t.Context(), f, s.URL)
		if len(c.slept) != 3 || c.slept[1] != want || c.slept[2] != want {
			t.Errorf("Crawl-delay %s: slept %v, want %v", given, c.slept, want)
		}
	}
}

func TestBusyServers(t *testing.T) {
	for _, c := range []struct {
		name       string
		status     int
		retryAfter string
		busy       int // answers before the page comes
		want       string
		wait       time.Duration
		requests   int
	}{
		{"once", http.StatusServiceUnavailable, "7", 1, "", 7 * time.Second, 2},
		{"twice", http.StatusTooManyRequests, "60", 2, "", 2 * time.Minute, 3},
		{"a date", http.StatusTooManyRequests, "Sun, 01 Mar 2026 12:00:31 GMT", 1, "", 31 * time.Second, 2},
		{"a date that is past", http.StatusTooManyRequests, "Sun, 01 Mar 2020 12:00:00 GMT", 1, "", 0, 2},
		{"no time", http.StatusServiceUnavailable, "", 1, "", busyWait, 2},
		{"nonsense", http.StatusServiceUnavailable, "-1 SECRET", 1, "", busyWait, 2},
		{"three times", http.StatusServiceUnavailable, "1", 9, "server answered 503 Service Unavailable 3 times", 2 * time.Second, 3},
		{"too long", http.StatusTooManyRequests, "121", 1, "server answered 429 Too Many Requests and wants to be left alone for more than 2m0s", 0, 1},
		{"for ever", http.StatusTooManyRequests, "99999999999999999999", 9, "server answered 429 Too Many Requests 3 times", 2 * busyWait, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t)
			busy := c.busy
			s.set("/a", func(w http.ResponseWriter, _ *http.Request) {
				if busy--; busy >= 0 {
					w.Header().Set("Retry-After", c.retryAfter)
					w.WriteHeader(c.status)
					return
				}
				w.Header().Set("Content-Type", "text/html")
				_, _ = io.WriteString(w, "at last")
			})
			f, clock := timed(Options{Allow: loopback, Rate: 1e9})
			began := clock.now()
			got := fetchWith(t.Context(), f, s.URL+"/a")
			switch {
			case c.want == "" && got.err != nil, c.want != "" && (got.err == nil || !strings.HasSuffix(got.err.Error(), ": "+c.want)):
				t.Errorf("got %v, want %q", got.err, c.want)
			}
			if waited := clock.now().Sub(began).Round(time.Second); waited != c.wait {
				t.Errorf("waited %v, want %v", waited, c.wait)
			}
			if n := len(s.requests()) - 1; n != c.requests {
				t.Errorf("%d requests, want %d", n, c.requests)
			}
		})
	}
}
