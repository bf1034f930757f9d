package web

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

const (
	dialTimeout = 10 * time.Second
	maxHeader   = 64 << 10 // bytes of a response's header
)

// hostServices are addresses in public networks at which clouds serve what concerns the machine itself.
var hostServices = []netip.Prefix{netip.MustParsePrefix("168.63.129.16/32")}

// newGuardian knows which addresses may be connected to: public ones and allowed networks, on ports 80, 443 and the
// start's. Addresses of IPv6 that stand for some of IPv4 (mapped, NAT64, 6to4, Teredo) are not public.
func newGuardian(allow []netip.Prefix, start *url.URL) *ssrf.Guardian {
	var v4, v6 []netip.Prefix
	for _, p := range allow {
		if p.Addr().Is4() {
			v4 = append(v4, p)
		} else {
			v6 = append(v6, p)
		}
	}
	ports := []uint16{80, 443}
	if n, err := strconv.ParseUint(portOf(start), 10, 16); err == nil {
		ports = append(ports, uint16(n))
	}
	return ssrf.New(ssrf.WithPorts(ports...), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...),
		ssrf.WithDeniedV4Prefixes(hostServices...))
}

// reachable refuses an address that stands as such in a URL, so that no socket is opened and no cache for it.
func reachable(g *ssrf.Guardian, u *url.URL) error {
	at, err := netip.ParseAddrPort(net.JoinHostPort(u.Hostname(), portOf(u)))
	if err == nil && g.SafeAddrPort(at) != nil {
		return refuse("%v", &forbidden{at})
	}
	return nil
}

// newClient makes a client that connects where the guardian lets it. The address is checked after the name was looked
// up and just before the connection is made, so that a name cannot mean one thing when it is checked and another when
// it is used. No proxy is used: it would do the looking up itself.
func newClient(f *Fetcher, guardian *ssrf.Guardian) *http.Client {
	dialer := &net.Dialer{
		Timeout:  dialTimeout,
		Resolver: f.options.Resolver,
		Control: func(network, address string, c syscall.RawConn) error {
			if err := guardian.Safe(network, address, c); err != nil {
				at, _ := netip.ParseAddrPort(address)
				return &forbidden{at}
			}
			return nil
		},
	}
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: f.options.RootCAs, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    dialTimeout,
			ResponseHeaderTimeout:  f.options.Idle,
			MaxResponseHeaderBytes: maxHeader,
			MaxIdleConnsPerHost:    f.options.Concurrency,
			IdleConnTimeout:        time.Minute,
			DisableCompression:     true, // decompressed here, where it is counted
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
