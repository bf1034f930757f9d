package embed

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// What a configuration means that does not say.
const (
	DefaultTimeout      = 30 * time.Second
	DefaultAttempts     = 4
	DefaultBatchTexts   = 64
	DefaultBatchBytes   = 128 << 10
	DefaultMaxTextBytes = 8 << 10
	DefaultParallel     = 2
)

// Config describes an upstream that embeds.
type Config struct {
	BaseURL string // of an OpenAI-compatible API, such as "https://api.openai.com/v1"
	APIKey  string // "" sends none
	Model   string // as the upstream calls it

	// Dimensions asks for shorter vectors, of models that can. 0 does not ask.
	Dimensions int
	// QueryPrefix and DocumentPrefix go before what is embedded, for models that were trained so: "query: " and
	// "passage: " for E5.
	QueryPrefix, DocumentPrefix string
	// Base64 asks for vectors in base64, a quarter of the bytes, of upstreams that can.
	Base64 bool

	Timeout    time.Duration // of one request, the response included; 0 is 30 s
	Attempts   int           // how often a request is made before it has failed; 0 is 4
	BatchTexts int           // texts in one request; 0 is 64
	BatchBytes int           // of the texts in one request; 0 is 128 KiB. One text may have more
	// MaxTextBytes is how much of one text is embedded; 0 is 8 KiB, some 2000 tokens. Models read only so much and many
	// upstreams refuse more.
	MaxTextBytes int
	Parallel     int // requests at a time; 0 is 2
}

// withDefaults fills in what is zero.
func (c Config) withDefaults() Config {
	c.Timeout = cmp.Or(c.Timeout, DefaultTimeout)
	c.Attempts = cmp.Or(c.Attempts, DefaultAttempts)
	c.BatchTexts = cmp.Or(c.BatchTexts, DefaultBatchTexts)
	c.BatchBytes = cmp.Or(c.BatchBytes, DefaultBatchBytes)
	c.MaxTextBytes = cmp.Or(c.MaxTextBytes, DefaultMaxTextBytes)
	c.Parallel = cmp.Or(c.Parallel, DefaultParallel)
	return c
}

// Check returns everything that is wrong with the configuration, nil if nothing is.
func (c Config) Check() error {
	errs := []error{checkUpstream(c.BaseURL, c.Model)}
	if c.Timeout < 0 || c.Attempts < 0 || c.BatchTexts < 0 || c.BatchBytes < 0 || c.MaxTextBytes < 0 || c.Parallel < 0 {
		errs = append(errs, errors.New("a limit is negative"))
	}
	if c.Dimensions < 0 || c.Dimensions > maxDimensions {
		errs = append(errs, fmt.Errorf("dimensions is not within 0..%d", maxDimensions))
	}
	if c = c.withDefaults(); len(c.QueryPrefix) >= c.MaxTextBytes || len(c.DocumentPrefix) >= c.MaxTextBytes {
		errs = append(errs, errors.New("a prefix leaves no room for a text"))
	}
	return errors.Join(errs...)
}

func checkUpstream(baseURL, model string) error {
	var errs []error
	if u, err := url.Parse(baseURL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		errs = append(errs, errors.New("base_url is not an http(s) URL"))
	}
	if model == "" {
		errs = append(errs, errors.New("model is missing"))
	}
	return errors.Join(errs...)
}

// Fingerprint is a content hash, in hexadecimal, of all that decides what vector a text gets: vectors with the same one
// can be compared. Keys, limits of requests and how the upstream is reached are not part of it.
func (c Config) Fingerprint() string {
	host, path := c.BaseURL, ""
	if u, err := url.Parse(c.BaseURL); err == nil {
		host, path = strings.ToLower(u.Host), strings.TrimRight(u.Path, "/")
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "switchboard embeddings 1\n%q %q %q %d %q %q %d\n",
		host, path, c.Model, c.Dimensions, c.QueryPrefix, c.DocumentPrefix, c.withDefaults().MaxTextBytes))
	return hex.EncodeToString(sum[:])
}
