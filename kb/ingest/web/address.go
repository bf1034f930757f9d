package web

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// maxAddress is how long an address may be, in bytes; sitemaps.org sets the same.
const maxAddress = 2048

// hostNames maps names to what is looked up. Underscores are let through, since names of containers have them.
var hostNames = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(false))

// parse reads an address and normalises it, so that one page has one address and no spelling gets round a rule:
// scheme and host in lower case, no default port, no fragment, no dot segments, no needless escapes.
func parse(s string) (*url.URL, error) {
	if len(s) > maxAddress {
		return nil, refuse("address is longer than %d bytes", maxAddress)
	}
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil {
		return nil, refuse("address cannot be read") // url's own message quotes it, with a password that it may hold
	}
	return normalize(u)
}

func normalize(u *url.URL) (*url.URL, error) {
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, refuse("address has the scheme %.20q, neither http nor https", u.Scheme)
	}
	if u.Opaque != "" || u.Host == "" {
		return nil, refuse("address names no host")
	}
	if u.User != nil {
		return nil, refuse("address holds a user name or a password")
	}
	host, err := normalHost(u.Hostname())
	if err != nil {
		return nil, refuse("%v", err)
	}
	out := &url.URL{Scheme: u.Scheme, Host: host, RawQuery: normalEscapes(u.RawQuery)}
	if port := u.Port(); port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return nil, refuse("address has no valid port")
		}
		if port = strconv.FormatUint(n, 10); port != defaultPort(u.Scheme) {
			out.Host = net.JoinHostPort(strings.Trim(host, "[]"), port)
		}
	}
	path := u.RawPath // as it was written; EscapedPath may take an escaped slash for a plain one
	if path == "" {
		path = u.EscapedPath()
	}
	if out.RawPath = normalEscapes(path); out.RawPath == "" {
		out.RawPath = "/"
	}
	if out.Path, err = url.PathUnescape(out.RawPath); err != nil {
		return nil, refuse("address cannot be read")
	}
	out = out.ResolveReference(out) // takes dot segments out
	if len(out.String()) > maxAddress {
		return nil, refuse("address is longer than %d bytes", maxAddress)
	}
	return out, nil
}

func defaultPort(scheme string) string {
	if scheme == "https" {
		return "443"
	}
	return "80"
}

func portOf(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return defaultPort(u.Scheme)
}

// normalHost returns a host as it stands in an address, an IPv6 address in brackets. Numbers in spellings that some
// resolvers take for IPv4 addresses (2130706433, 0x7f.1, 127.1) are refused: they are never meant.
func normalHost(host string) (string, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addressHost(addr)
	}
	host, err := hostNames.ToASCII(host)
	if err != nil {
		return "", errors.New("host name is not valid")
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if addr, err := netip.ParseAddr(host); err == nil { // "127.0.0.1." and full-width digits
		return addressHost(addr)
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return "", errors.New("host name is not valid")
		}
	}
	if last := labels[len(labels)-1]; numeric(last) || len(host) > 253 {
		return "", errors.New("host is a number in an unusual spelling")
	}
	return host, nil
}

func addressHost(addr netip.Addr) (string, error) {
	if addr.Zone() != "" {
		return "", errors.New("host is an address with a zone")
	}
	if addr = addr.Unmap(); addr.Is6() {
		return "[" + addr.String() + "]", nil
	}
	return addr.String(), nil
}

// numeric reports whether a label is a number as the URL Standard's "ends in a number" checker sees it.
func numeric(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}

// normalEscapes escapes what may not stand in a path or query, takes the escapes off what need not be escaped, and
// writes the others in upper case (RFC 3986, 6.2.2).
func normalEscapes(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		escaped := false
		if c == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				c, escaped = byte(n), true
				i += 2
			}
		}
		switch {
		case unreserved(c), !escaped && strings.IndexByte("!$&'()*+,;=:@/?", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

// shown is an address as messages show it, without a password.
func shown(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil {
		return "the given address"
	}
	if s = u.Redacted(); len(s) > maxAddress {
		s = s[:maxAddress]
	}
	return strings.ToValidUTF8(s, "")
}

// scope is which addresses belong to a run.
type scope struct {
	start *url.URL
	hosts map[string]bool // without "www."
}

func newScope(start *url.URL, hosts []string) scope {
	s := scope{start, map[string]bool{siteName(start.Hostname()): true}}
	for _, h := range hosts {
		if host, err := normalHost(strings.TrimSpace(h)); err == nil {
			s.hosts[siteName(strings.Trim(host, "[]"))] = true
		}
	}
	return s
}

func siteName(host string) string { return strings.TrimPrefix(host, "www.") }

// admit returns the address as it is to be fetched, or why it is not. A run that began with https stays with it: an
// http address of the same site is fetched over https.
func (s scope) admit(u *url.URL) (*url.URL, error) {
	u, err := normalize(u)
	if err != nil {
		return nil, err
	}
	if !s.hosts[siteName(u.Hostname())] {
		return nil, refuse("host %.100q is neither the one that was asked for nor listed", u.Hostname())
	}
	if s.start.Scheme == "https" && u.Scheme == "http" {
		if portOf(u) != "80" {
			return nil, refuse("address leads from https to http")
		}
		secure := *u
		secure.Scheme = "https"
		u = &secure
	}
	if p := portOf(u); p != "80" && p != "443" && p != portOf(s.start) {
		return nil, refuse("port %s is neither 80, 443 nor the one that was asked for", p)
	}
	return u, nil
}
