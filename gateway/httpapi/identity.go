package httpapi

import (
	"errors"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"switchboard"
)

const (
	// identityWithin is how far ahead an identity may expire at most: one that leaks is not good for long.
	identityWithin = 24 * time.Hour
	// identitySkew is how far the clock of the backend that signs may be ahead of ours.
	identitySkew = time.Minute
	maxIdentity  = 8 << 10 // bytes
)

// identities reads what the operator's backend signs of a customer who is logged in: a JSON Web Token with HMAC-SHA-256
// that a page passes on. nil reads none.
type identities struct {
	secret []byte
	now    func() time.Time
	parser *jwt.Parser
}

// identityClaims are an identity's. Others, such as sub, are not looked at.
type identityClaims struct {
	jwt.RegisteredClaims
	Audiences []string `json:"audiences"`
}

func newIdentities(secret []byte, now func() time.Time) *identities {
	if len(secret) == 0 {
		return nil
	}
	return &identities{secret: secret, now: now, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(now), jwt.WithStrictDecoding(),
	)}
}

// read returns the audiences that an identity proves. Its errors say what is wrong: who integrates it has to find out.
func (i *identities) read(token string) ([]string, error) {
	if i == nil {
		return nil, switchboard.Errorf(switchboard.Forbidden, "Identities are not configured here.")
	}
	if len(token) > maxIdentity {
		return nil, switchboard.FieldError("identity", "This must be at most %d bytes.", maxIdentity)
	}
	var c identityClaims
	if _, err := i.parser.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return i.secret, nil }); err != nil {
		return nil, switchboard.Errorf(switchboard.Unauthorized, "%s", identityFault(err)).Because(err)
	}
	now := i.now()
	switch {
	case c.ExpiresAt.After(now.Add(identityWithin + identitySkew)):
		return nil, switchboard.Errorf(switchboard.Unauthorized, "The identity must expire within %d hours.", identityWithin/time.Hour)
	case c.IssuedAt != nil && c.IssuedAt.After(now.Add(identitySkew)):
		return nil, switchboard.Errorf(switchboard.Unauthorized, "The identity was issued in the future: compare the clocks.")
	case slices.Contains(c.Audiences, audienceInternal):
		return nil, switchboard.Errorf(switchboard.Forbidden, "An identity may not name the audience %q.", audienceInternal)
	}
	if err := checkAudiences("identity.audiences", c.Audiences); err != nil {
		return nil, err
	}
	return c.Audiences, nil
}

func identityFault(err error) string {
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return "The identity has expired."
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return "The identity is not valid yet: compare the clocks."
	case errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		return "The identity needs an exp."
	case errors.Is(err, jwt.ErrTokenSignatureInvalid), errors.Is(err, jwt.ErrTokenUnverifiable):
		return "The identity is not signed with this gateway's secret by HS256."
	}
	return "The identity is not a JSON Web Token with exp and a list of audiences."
}
