package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// secret reads a secret from the environment or from a file; it never stands in the configuration.
func secret(env, file string, getenv func(string) string) (string, error) {
	if env != "" {
		if v := strings.TrimSpace(getenv(env)); v != "" {
			return v, nil
		}
		return "", fmt.Errorf("the environment variable %s is not set", env)
	}
	if file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("read secret: %w", err)
		}
		return strings.TrimSpace(string(b)), nil
	}
	return "", errors.New("no secret is named")
}

// minIdentitySecret is the shortest secret that HMAC-SHA-256 is safe with, in bytes (RFC 7518, section 3.2).
const minIdentitySecret = 32

// identitySecret is nil where none is configured.
func (c *config) identitySecret(getenv func(string) string) ([]byte, error) {
	if c.Identity == (identityConfig{}) {
		return nil, nil
	}
	s, err := secret(c.Identity.SecretEnv, c.Identity.SecretFile, getenv)
	if err == nil && len(s) < minIdentitySecret {
		err = fmt.Errorf("the secret must have at least %d bytes", minIdentitySecret)
	}
	return []byte(s), err
}
