package httpapi

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"switchboard"
)

// access is what a route asks of its caller.
type access int

// The kinds of access. While no key was ever made, the gateway asks for none, but the token of a conversation is
// always asked for.
const (
	anyone    access = iota // nothing
	chatters                // any key
	holder                  // the conversation's token
	readers                 // the conversation's token, or a secret key with the role reader or admin
	erasers                 // the conversation's token, or a secret key with the role admin
	staff                   // a secret key with any role
	authors                 // a secret key with the role author, reviewer or admin
	reviewers               // a secret key with the role reviewer or admin
)

// rolesOf says which roles a secret key needs one of, where a route asks for a secret key.
var rolesOf = map[access][]Role{
	readers: {RoleReader, RoleAdmin}, erasers: {RoleAdmin}, staff: {RoleReader, RoleAuthor, RoleReviewer, RoleAdmin},
	authors: {RoleAuthor, RoleReviewer, RoleAdmin}, reviewers: {RoleReviewer, RoleAdmin},
}

// caller is who makes a request.
type caller struct {
	open   bool // no key was ever made, and the peer is on this machine
	key    Key  // the key, or the key that opened the token's conversation
	secret bool // the key itself was shown, and it is a secret one
}

// admit checks that a request may come in at all, and who makes it.
func (s *Server) admit(c *gin.Context, need access) (caller, error) {
	if need == anyone {
		return caller{}, nil
	}
	keys, err := s.keys.load(c.Request.Context())
	if err != nil {
		return caller{}, err
	}
	if keys.open {
		if err := checkLocal(c.Request); err != nil {
			return caller{}, err
		}
	}
	who, err := s.identify(c, keys, need)
	if err != nil {
		return who, err
	}
	return who, checkOrigin(c.Request, who)
}

func (s *Server) identify(c *gin.Context, keys *keyring, need access) (caller, error) {
	bearer := credentials(c.Request.Header)
	switch need {
	case holder, readers, erasers:
		if !isKey(bearer) {
			return s.holderOf(bearer, c.Param("id"), keys)
		}
		return secretCaller(bearer, keys, need)
	case staff, authors, reviewers:
		if keys.open {
			return caller{open: true}, nil
		}
		return secretCaller(bearer, keys, need)
	}
	if keys.open {
		return caller{open: true}, nil
	}
	k, ok := keys.find(bearer)
	if !ok {
		return caller{}, unknownKey(bearer)
	}
	return caller{key: k, secret: !k.Publishable}, nil
}

// holderOf reads a conversation's token. The key that opened the conversation must still be valid.
func (s *Server) holderOf(token, conversation string, keys *keyring) (caller, error) {
	if token == "" {
		return caller{}, switchboard.Errorf(switchboard.Unauthorized, "The conversation's token is needed, as a bearer token.")
	}
	t, err := s.tokens.read(token)
	if err != nil {
		return caller{}, err
	}
	if t.Subject != conversation {
		return caller{}, switchboard.Errorf(switchboard.Forbidden, "The token is for another conversation.")
	}
	if t.Key == "" {
		return caller{open: keys.open}, nil
	}
	k, ok := keys.byID[t.Key]
	if !ok {
		return caller{}, switchboard.Errorf(switchboard.Unauthorized, "The key that opened this conversation is not valid any more.")
	}
	return caller{key: k}, nil
}

// secretCaller checks a secret key's roles.
func secretCaller(plain string, keys *keyring, need access) (caller, error) {
	k, ok := keys.find(plain)
	if !ok {
		return caller{}, unknownKey(plain)
	}
	if k.Publishable || !k.has(rolesOf[need]...) {
		return caller{}, switchboard.Errorf(switchboard.Forbidden, "This key may not do this.")
	}
	return caller{key: k, secret: true}, nil
}

func unknownKey(plain string) error {
	if plain == "" {
		return switchboard.Errorf(switchboard.Unauthorized, "A key is needed, as a bearer token or in X-Switchboard-Key.")
	}
	return switchboard.Errorf(switchboard.Unauthorized, "The key is not valid, or not any more.")
}

// credentials is the bearer token, else the key of the header of our own.
func credentials(h http.Header) string {
	if a := h.Get("Authorization"); len(a) > 7 && strings.EqualFold(a[:7], "bearer ") {
		return strings.TrimSpace(a[7:])
	}
	return strings.TrimSpace(h.Get("X-Switchboard-Key"))
}

func isKey(bearer string) bool {
	return strings.HasPrefix(bearer, "sk_") || strings.HasPrefix(bearer, "pk_")
}

// checkOrigin binds publishable keys, and the conversations that they opened, to pages of their origins.
//
// A request without an Origin is let through where no page of another site can have made it: browsers leave Origin
// out only of same-origin reads, and say so in Sec-Fetch-Site; what sends neither header is not a browser, and could
// claim any origin anyway.
func checkOrigin(r *http.Request, who caller) error {
	if !who.key.Publishable {
		return nil
	}
	refused := switchboard.Errorf(switchboard.OriginNotAllowed, "This key may not be used from this origin.")
	origin := r.Header.Get("Origin")
	if origin == "" {
		if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
			return refused
		}
		return nil
	}
	for _, o := range who.key.Origins {
		if o == origin {
			return nil
		}
	}
	return refused
}

// checkLocal keeps an open gateway to this machine: the peer, the name that it was called by, and the page that calls
// must all be local. The last two keep other sites' pages out, also those whose name was made to point here.
func checkLocal(r *http.Request) error {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() {
		return switchboard.Errorf(switchboard.Forbidden, "While no key exists, only this machine is served: create a key.")
	}
	if !isLocalHost(r.Host) {
		return switchboard.Errorf(switchboard.Forbidden, "While no key exists, only local names are served: create a key.")
	}
	if origin := r.Header.Get("Origin"); origin != "" && !isLocalOrigin(origin) {
		return switchboard.Errorf(switchboard.OriginNotAllowed, "While no key exists, only local pages are served: create a key.")
	}
	return nil
}

// isLocalHost tells whether "name", "name:port" or "[address]:port" can only mean this machine.
func isLocalHost(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

func isLocalOrigin(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && isLocalHost(u.Host)
}

// mayBeSeen tells whether pages of an origin may read answers at all: preflights carry no key.
func (s *Server) mayBeSeen(ctx context.Context, origin string) bool {
	keys, err := s.keys.load(ctx)
	if err != nil {
		return false
	}
	return keys.origins[origin] || keys.open && isLocalOrigin(origin)
}
