package web

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"
)

// Options say what may be fetched and how gently. Zero values mean the defaults.
type Options struct {
	// Allow are networks that may be fetched from although they are private, loopback or otherwise not public.
	Allow []netip.Prefix
	// Hosts are the names, besides the target's own, that redirects and sitemaps may lead to. A host is the same with
	// and without "www." before it.
	Hosts []string
	// Include and Exclude choose among the pages that sitemaps list, by the path and query of their addresses, with
	// patterns as in robots.txt: the beginning of a path, "*" for any characters, "$" for the end. Exclude wins.
	Include, Exclude []string

	MaxPages int   // pages of one Fetch; 10,000
	MaxPage  int64 // bytes of a page, after decompression; 8 MiB
	MaxTotal int64 // bytes that one Fetch downloads, after decompression; 2 GiB

	Rate        float64       // requests a second to one host; 2. A longer Crawl-delay in robots.txt wins
	Concurrency int           // requests at a time; 2
	Timeout     time.Duration // of a request, from the dial to the last byte; 60 s
	Idle        time.Duration // for the first byte, and the span over which MinSpeed is measured; 15 s
	MinSpeed    int           // bytes a second that a server must keep up; 256

	UserAgent string // "SwitchboardBot/1.0"; what stands before the slash is looked for in robots.txt
	// Cache is a folder for what was fetched, so that what has not changed is not downloaded again; "" means none.
	// Each target has a folder of its own in it, which holds what the last complete Fetch of it saw.
	Cache string

	Resolver *net.Resolver    // nil: the system's
	RootCAs  *x509.CertPool   // for certificates of an authority of one's own; nil: the system's
	Now      func() time.Time // nil: time.Now
}

func (o Options) withDefaults() Options {
	o.MaxPages = positive(o.MaxPages, 10_000)
	o.MaxPage = positive(o.MaxPage, 8<<20)
	o.MaxTotal = positive(o.MaxTotal, 2<<30)
	o.Rate = positive(o.Rate, 2)
	o.Concurrency = positive(o.Concurrency, 2)
	o.Timeout = positive(o.Timeout, time.Minute)
	o.Idle = positive(o.Idle, 15*time.Second)
	o.MinSpeed = positive(o.MinSpeed, 256)
	if o.UserAgent == "" {
		o.UserAgent = "SwitchboardBot/1.0"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func positive[T int | int64 | float64 | time.Duration](v, otherwise T) T {
	if v > 0 {
		return v
	}
	return otherwise
}

// Page is one page as a server gave it.
type Page struct {
	URL          string // after redirects, normalised
	ContentType  string // media type alone, as "text/html"
	Body         []byte // decompressed; text in the charsets of [toUTF8] is in UTF-8
	LastModified time.Time
	ETag         string
	NotModified  bool // the server said so, and Body is from the cache

	Position, Total int // which of the pages that were found this is, from 1
}

// Rejected is an address that gave no page.
type Rejected struct {
	URL    string `json:"url"`
	Reason string `json:"reason"` // never holds what the server sent in a body
	// Temporary means that the page may well be there another time: whoever mirrors a site keeps what they had of it.
	Temporary bool `json:"temporary,omitempty"`
}

// maxRejected bounds what a report lists one by one.
const maxRejected = 10_000

// Report says what a Fetch did.
type Report struct {
	Pages       int        `json:"pages"`        // handed on
	NotModified int        `json:"not_modified"` // of these, not downloaded again
	Sitemaps    int        `json:"sitemaps"`     // read; 0 means that the target is a page
	Excluded    int        `json:"excluded"`     // by Include and Exclude
	Duplicates  int        `json:"duplicates"`   // listed twice, or led to a page that was handed on before
	Bytes       int64      `json:"bytes"`        // downloaded, after decompression
	Rejected    []Rejected `json:"rejected"`     // in the order of the pages, at most 10,000
	Unlisted    int        `json:"unlisted"`     // rejected beyond these
	// Incomplete says why there may be pages that Fetch did not look at, "" if there are none: a limit was reached, a
	// sitemap could not be read, the server failed again and again.
	Incomplete string `json:"incomplete,omitempty"`
}

func (r *Report) reject(address string, err *failure) {
	if len(r.Rejected) >= maxRejected {
		r.Unlisted++
		return
	}
	r.Rejected = append(r.Rejected, Rejected{URL: address, Reason: err.reason, Temporary: err.temporary})
}

// incomplete keeps the first reason.
func (r *Report) incomplete(format string, args ...any) {
	if r.Incomplete == "" {
		r.Incomplete = fmt.Sprintf(format, args...)
	}
}

// Fetcher fetches pages. It is safe for concurrent use; requests to one host are spaced across all its Fetches.
type Fetcher struct {
	options Options
	allow   []netip.Prefix
	agent   string // as robots.txt names it, in lower case
	include []pattern
	exclude []pattern
	pace    *pace
}

// New makes a Fetcher. It opens nothing.
func New(o Options) *Fetcher {
	o = o.withDefaults()
	agent, _, _ := strings.Cut(o.UserAgent, "/")
	f := &Fetcher{
		options: o,
		agent:   agentToken(agent),
		include: patterns(o.Include),
		exclude: patterns(o.Exclude),
		pace:    newPace(time.Duration(float64(time.Second)/o.Rate), o.Now),
	}
	for _, p := range o.Allow {
		if p.Addr().Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		if p.IsValid() {
			f.allow = append(f.allow, p)
		}
	}
	return f
}

// Fetch fetches target: a page; a sitemap, an index of sitemaps, either of them gzipped; or, where target is the root of a
// site, the sitemaps that its robots.txt names, else its /sitemap.xml, else the page itself. It calls each for every page,
// one at a time, in the order in which sitemaps list them; each may keep the page.
//
// A page that cannot be had is in the report, and the rest goes on. An error means that the target itself cannot be
// had, the cache cannot be written, each failed (its error is returned as it is), or ctx ended; the report says what
// was done until then.
func (f *Fetcher) Fetch(ctx context.Context, target string, each func(Page) error) (Report, error) {
	start, err := parse(target)
	if err != nil {
		return Report{}, fmt.Errorf("fetch %s: %w", shown(target), err)
	}
	r, err := newRun(f, start)
	if err != nil {
		return Report{}, fmt.Errorf("fetch %s: %w", start, err)
	}
	defer r.close()
	err = r.fetch(ctx, each)
	r.report.Bytes = r.spent.Load()
	return r.report, err
}
