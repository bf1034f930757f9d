package httpapi

import (
	"time"

	"github.com/golang-jwt/jwt/v5"

	"switchboard"
)

// minSecret is the shortest secret that conversation tokens may be signed with, in bytes.
const minSecret = 16

// tokens signs and reads the bearer tokens of conversations: JSON Web Tokens with HMAC-SHA-256.
type tokens struct {
	secret []byte
	ttl    time.Duration
	now    func() time.Time
	parser *jwt.Parser
}

// claims are a token's: the subject is the conversation.
type claims struct {
	jwt.RegisteredClaims
	Key string `json:"key,omitempty"` // the id of the key that opened the conversation, "" if none was asked for
}

const tokenIssuer = "switchboard"

func newTokens(secret []byte, ttl time.Duration, now func() time.Time) *tokens {
	return &tokens{secret: secret, ttl: ttl, now: now, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(tokenIssuer),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(now), jwt.WithStrictDecoding(),
	)}
}

// sign makes the token of a conversation.
func (t *tokens) sign(conversation, key string) (string, error) {
	now := t.now()
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: tokenIssuer, Subject: conversation,
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(t.ttl)),
		},
		Key: key,
	}).SignedString(t.secret)
}

// read returns what a token says, or Unauthorized. What exactly is wrong with it is not for the caller.
func (t *tokens) read(token string) (claims, error) {
	var c claims
	_, err := t.parser.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return t.secret, nil })
	if err != nil || c.Subject == "" {
		return claims{}, switchboard.Errorf(switchboard.Unauthorized, "The token is not valid, or not any more.").Because(err)
	}
	return c, nil
}
