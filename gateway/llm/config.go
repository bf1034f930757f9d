package llm

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net/url"
	"time"

	"switchboard"
)

// The default deadlines of a model.
const (
	DefaultFirstTokenTimeout = 8 * time.Second
	DefaultIdleTimeout       = 10 * time.Second
	DefaultTimeout           = 60 * time.Second
)

// API is the wire protocol of a model.
type API string

// The APIs.
const (
	OpenAI    API = "openai"    // chat completions, which most upstreams speak
	Azure     API = "azure"     // the same, at the addresses and with the keys of Azure OpenAI
	Anthropic API = "anthropic" // the Messages API
)

// apis is how each is spoken.
var apis = map[API]func(*ModelConfig) protocol{OpenAI: newOpenAI, Azure: newAzure, Anthropic: newAnthropic}

// The default versions of APIs that have some.
const (
	DefaultAzureVersion     = "2024-10-21"
	DefaultAnthropicVersion = "2023-06-01"
)

// DefaultAnthropicMaxTokens bounds a reply where nothing else does: the Messages API wants a limit.
const DefaultAnthropicMaxTokens = 1024

// MaxPrice bounds a price, in US dollars per million tokens: a dollar a token.
const MaxPrice = 1e6

// Price is what a model costs, in US dollars per million tokens.
type Price struct {
	Input  float64
	Output float64
}

// cost is exact to a billionth of a dollar: a dollar per million tokens is 1000 billionths per token.
func (p Price) cost(input, output int) switchboard.Money {
	return switchboard.Money(math.Round((float64(input)*p.Input + float64(output)*p.Output) * 1000))
}

// ModelConfig describes one upstream.
type ModelConfig struct {
	Name string // by which chain, metrics and the ledger know it
	API  API    // "" is OpenAI
	// APIVersion is the api-version of Azure or the anthropic-version, "" the default one. OpenAI's has none.
	APIVersion string
	// BaseURL is the API's address: "https://api.openai.com/v1", "https://NAME.openai.azure.com" or
	// "https://api.anthropic.com".
	BaseURL string
	APIKey  string // "" sends none
	Model   string // as the upstream calls it; for Azure the deployment's name

	// FirstTokenTimeout covers the wait for the response's header and for the first token of content: neither comments
	// nor a role nor reasoning count. 0 is 8 s.
	FirstTokenTimeout time.Duration
	// IdleTimeout is how long two tokens may be apart. The time that emit takes does not count. 0 is 10 s.
	IdleTimeout time.Duration
	// Timeout is for the whole attempt. 0 is 60 s. The caller's context bounds it too.
	Timeout time.Duration

	Price       Price
	MaxTokens   int      // bounds every reply; 0 is the upstream's own limit
	Temperature *float64 // nil is the upstream's own
}

// withDefaults fills in what is zero.
func (c ModelConfig) withDefaults() ModelConfig {
	c.API = cmp.Or(c.API, OpenAI)
	switch c.API {
	case Azure:
		c.APIVersion = cmp.Or(c.APIVersion, DefaultAzureVersion)
	case Anthropic:
		c.APIVersion = cmp.Or(c.APIVersion, DefaultAnthropicVersion)
	}
	c.FirstTokenTimeout = cmp.Or(c.FirstTokenTimeout, DefaultFirstTokenTimeout)
	c.IdleTimeout = cmp.Or(c.IdleTimeout, DefaultIdleTimeout)
	c.Timeout = cmp.Or(c.Timeout, DefaultTimeout)
	return c
}

// asked is the limit of a reply, 0 for none, and the temperature that are asked for.
func (c *ModelConfig) asked(req Request) (limit int, temperature *float64) {
	limit, temperature = c.MaxTokens, c.Temperature
	if req.MaxTokens > 0 && (limit == 0 || req.MaxTokens < limit) {
		limit = req.MaxTokens
	}
	if req.Temperature != nil {
		temperature = req.Temperature
	}
	return limit, temperature
}

// Check returns everything that is wrong with the configuration, nil if nothing is.
func (c ModelConfig) Check() error {
	var errs []error
	wrong := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	u, err := url.Parse(c.BaseURL)
	api := cmp.Or(c.API, OpenAI)
	wrong(apis[api] == nil, "api %q is none of openai, azure, anthropic", c.API)
	wrong(api == OpenAI && c.APIVersion != "", "api_version is for azure and anthropic")
	wrong(c.Name == "", "name is missing")
	wrong(c.Name == ExtractiveName, "name %q is taken by the last link", c.Name)
	wrong(c.Model == "", "model is missing")
	wrong(err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "", "base_url is not an http(s) URL")
	wrong(c.FirstTokenTimeout < 0 || c.IdleTimeout < 0 || c.Timeout < 0, "a timeout is negative")
	wrong(c.MaxTokens < 0, "max_tokens is negative")
	wrong(!(c.Price.Input >= 0 && c.Price.Input <= MaxPrice) || !(c.Price.Output >= 0 && c.Price.Output <= MaxPrice),
		"a price is not between 0 and %.0f dollars for a million tokens", float64(MaxPrice))
	hottest := 2.0
	if api == Anthropic {
		hottest = 1
	}
	wrong(c.Temperature != nil && !(*c.Temperature >= 0 && *c.Temperature <= hottest), "temperature is not within 0..%v", hottest)
	return errors.Join(errs...)
}

// Fingerprint is a content hash, in hexadecimal, of what decides what the models of a chain say: which they are, in
// which order, and how they are asked. Keys, prices and timeouts are not part of it.
func Fingerprint(chain []ModelConfig) string {
	h := sha256.New()
	fmt.Fprintln(h, "switchboard models 1")
	for _, c := range chain {
		base := c.BaseURL
		if u, err := url.Parse(base); err == nil {
			u.User = nil
			base = u.String()
		}
		temperature := "own"
		if c.Temperature != nil {
			temperature = fmt.Sprint(*c.Temperature)
		}
		fmt.Fprintf(h, "%q %q %q %d %s", c.Name, base, c.Model, c.MaxTokens, temperature)
		if c = c.withDefaults(); c.API != OpenAI {
			fmt.Fprintf(h, " %q %q", c.API, c.APIVersion)
		}
		fmt.Fprintln(h)
	}
	return hex.EncodeToString(h.Sum(nil))
}
