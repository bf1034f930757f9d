package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"switchboard/fallback/handoff"
	"switchboard/gateway/llm"
)

// config is switchboard.yaml. Each key can also be given as an environment variable: SWITCHBOARD_ and the key's path
// in capitals, joined by underscores, with a YAML value ("SWITCHBOARD_KB_SOURCES=[./articles]").
type config struct {
	Listen   string         `yaml:"listen"`
	Debug    string         `yaml:"debug_listen"`    // where profiles are served; "" is nowhere
	Proxies  []string       `yaml:"trusted_proxies"` // addresses and networks whose X-Forwarded-For is believed
	DataDir  string         `yaml:"data_dir"`
	Database databaseConfig `yaml:"database"`
	Redis    redisConfig    `yaml:"redis"`
	Models   []modelConfig  `yaml:"models"`
	Chain    []stepConfig   `yaml:"chain"`
	Routing  routingConfig  `yaml:"routing"`
	Answers  answersConfig  `yaml:"answer_cache"`
	Ground   groundConfig   `yaml:"grounding"`
	Embed    embedConfig    `yaml:"embeddings"`
	Rerank   rerankConfig   `yaml:"rerank"`
	KB       kbConfig       `yaml:"kb"`
	Policy   string         `yaml:"policy"`
	Prompts  string         `yaml:"prompts"`
	Handoff  handoffConfig  `yaml:"handoff"`
	Identity identityConfig `yaml:"identity"`
	Operator operatorConfig `yaml:"operator"`
	Limits   limitsConfig   `yaml:"limits"`
	Budget   budgetConfig   `yaml:"budget"`
	Retain   retainConfig   `yaml:"retention"`
	Log      logConfig      `yaml:"log"`
	Signals  signalsConfig  `yaml:"telemetry"`

	path  string         // of the file, "" where there is none
	lines map[string]int // a key's path to its line in the file
	read  string         // fingerprint of its files when it was read
}

// groundConfig says who judges whether the passages say a sentence. Without a model, its words do.
type groundConfig struct {
	Model string `yaml:"model"` // one of models
}

type databaseConfig struct {
	URL string `yaml:"url"`
}

type redisConfig struct {
	URL string `yaml:"url"`
}

type modelConfig struct {
	Name              string        `yaml:"name"`
	API               string        `yaml:"api"` // openai, azure, anthropic; "" is openai
	APIVersion        string        `yaml:"api_version"`
	BaseURL           string        `yaml:"base_url"`
	APIKeyEnv         string        `yaml:"api_key_env"`
	APIKeyFile        string        `yaml:"api_key_file"`
	Model             string        `yaml:"model"`
	FirstTokenTimeout time.Duration `yaml:"first_token_timeout"`
	IdleTimeout       time.Duration `yaml:"idle_timeout"`
	Timeout           time.Duration `yaml:"timeout"`
	MaxTokens         int           `yaml:"max_tokens"`
	Temperature       *float64      `yaml:"temperature"`
	Price             *priceConfig  `yaml:"price"`       // nil: not known
	MonthUSD          float64       `yaml:"month_usd"`   // most that it may cost in a month; 0 is no limit
	Weight            float64       `yaml:"weight"`      // share of the traffic among equals
	Concurrency       int           `yaml:"concurrency"` // most calls at once
	SlowAfter         time.Duration `yaml:"slow_after"`  // a first token that comes later makes a slow call
}

// price is what a model costs, nothing where that is not known.
func (m modelConfig) price() priceConfig {
	if m.Price == nil {
		return priceConfig{}
	}
	return *m.Price
}

// stepConfig names one model, or several that are equals.
type stepConfig []string

// UnmarshalYAML takes a name or a list of names.
func (s *stepConfig) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*s = stepConfig{n.Value}
		return nil
	}
	return n.Decode((*[]string)(s))
}

// routingConfig is how the chain spreads, races and passes over its models.
type routingConfig struct {
	Balance string        `yaml:"balance"` // weighted or least_latency
	Hedge   bool          `yaml:"hedge"`
	Breaker breakerConfig `yaml:"breaker"`
}

type breakerConfig struct {
	Failures    int           `yaml:"failures"`
	FailureRate float64       `yaml:"failure_rate"`
	SlowRate    float64       `yaml:"slow_rate"`
	OpenFor     time.Duration `yaml:"open_for"`
}

// priceConfig is in US dollars for a million tokens.
type priceConfig struct {
	Input  float64 `yaml:"input"`
	Output float64 `yaml:"output"`
}

// answersConfig is how many answers are kept for how long, to be given again to the same question; 0 keeps none.
type answersConfig struct {
	Size int           `yaml:"size"`
	For  time.Duration `yaml:"for"`
}

type embedConfig struct {
	BaseURL        string `yaml:"base_url"`
	APIKeyEnv      string `yaml:"api_key_env"`
	APIKeyFile     string `yaml:"api_key_file"`
	Model          string `yaml:"model"`
	Dimensions     int    `yaml:"dimensions"`
	QueryPrefix    string `yaml:"query_prefix"`
	DocumentPrefix string `yaml:"document_prefix"`
}

type rerankConfig struct {
	BaseURL    string        `yaml:"base_url"`
	APIKeyEnv  string        `yaml:"api_key_env"`
	APIKeyFile string        `yaml:"api_key_file"`
	Model      string        `yaml:"model"`
	Timeout    time.Duration `yaml:"timeout"`
}

type kbConfig struct {
	Sources  []string `yaml:"sources"`
	Demo     *bool    `yaml:"demo"`     // nil: while there is nothing else to answer from
	Synonyms string   `yaml:"synonyms"` // a file of words that mean the same
}

type handoffConfig struct {
	Webhook webhookConfig `yaml:"webhook"`
	// Other systems. The primary one's acknowledgement counts, the rest are told.
	Zendesk  zendeskConfig  `yaml:"zendesk"`
	Chatwoot chatwootConfig `yaml:"chatwoot"`
	Email    emailConfig    `yaml:"email"`
	Slack    slackConfig    `yaml:"slack"`
	Primary  string         `yaml:"primary"`
	Inbound  secretConfig   `yaml:"inbound"` // signs what the support team's side tells
	Retry    backoffConfig  `yaml:"retry"`
}

// backoffConfig is the wait after a delivery that failed: the first, doubled each time, up to the longest. 0 is the default.
type backoffConfig struct {
	First time.Duration `yaml:"first"`
	Most  time.Duration `yaml:"most"`
}

type secretConfig struct {
	SecretEnv  string `yaml:"secret_env"`
	SecretFile string `yaml:"secret_file"`
}

type zendeskConfig struct {
	URL        string `yaml:"url"`
	Email      string `yaml:"email"`
	SecretEnv  string `yaml:"secret_env"`
	SecretFile string `yaml:"secret_file"`
}

type chatwootConfig struct {
	URL        string `yaml:"url"`
	Account    int64  `yaml:"account"`
	Inbox      int64  `yaml:"inbox"`
	SecretEnv  string `yaml:"secret_env"`
	SecretFile string `yaml:"secret_file"`
}

type emailConfig struct {
	Host       string `yaml:"host"`
	Port       int    `yaml:"port"`
	From       string `yaml:"from"`
	To         string `yaml:"to"`
	User       string `yaml:"user"`
	TLS        string `yaml:"tls"`
	SecretEnv  string `yaml:"secret_env"`
	SecretFile string `yaml:"secret_file"`
}

// slackConfig names where the webhook's address stands: whoever has it may post.
type slackConfig struct {
	SecretEnv  string `yaml:"secret_env"`
	SecretFile string `yaml:"secret_file"`
}

type webhookConfig struct {
	URL        string `yaml:"url"`
	SecretEnv  string `yaml:"secret_env"`
	SecretFile string `yaml:"secret_file"`
}

// identityConfig names the secret that the operator's backend signs customers' identities with.
type identityConfig struct {
	SecretEnv  string `yaml:"secret_env"`
	SecretFile string `yaml:"secret_file"`
}

// operatorConfig is who the assistant speaks for.
type operatorConfig struct {
	Name      string `yaml:"name"`
	Assistant string `yaml:"assistant"`
}

type limitsConfig struct {
	Messages rateConfig `yaml:"messages"` // a conversation's messages
	Requests rateConfig `yaml:"requests"` // a key's or, without one, an address's requests
	Turns    int        `yaml:"turns"`    // turns under way at once

	Queue       int           `yaml:"queue"`        // turns that wait for a place; 0 refuses at once
	QueueWait   time.Duration `yaml:"queue_wait"`   // the longest wait
	TurnTimeout time.Duration `yaml:"turn_timeout"` // of a reply, the wait included

	Key          allowanceConfig `yaml:"key"`          // what each key may use in a day
	Conversation allowanceConfig `yaml:"conversation"` // what each conversation may
	All          allowanceConfig `yaml:"all"`          // what all may together
	AtLimit      string          `yaml:"at_limit"`     // of the three: extractive or refuse
}

// rateConfig allows Burst at once and Burst again in each Per.
type rateConfig struct {
	Burst int           `yaml:"burst"`
	Per   time.Duration `yaml:"per"`
}

type logConfig struct {
	Level string `yaml:"level"` // debug, info, warn, error
}

func defaultConfig() config {
	return config{
		Listen: "127.0.0.1:8080", DataDir: "./data",
		Operator: operatorConfig{Name: "Vireo", Assistant: "Vireo Assistant"},
		Limits: limitsConfig{
			Messages: rateConfig{Burst: 60, Per: time.Minute},
			Requests: rateConfig{Burst: 600, Per: time.Minute},
			Turns:    512, Queue: 256, QueueWait: 5 * time.Second, TurnTimeout: 75 * time.Second,
		},
		Log: logConfig{Level: "info"},
	}
}

// loadConfig reads the file at path (which may be missing where it is only the default one) and the environment, and
// checks the whole: the error tells of every mistake, with its line.
func loadConfig(path string, mustExist bool, getenv func(string) string) (*config, error) {
	c := defaultConfig()
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !mustExist:
	case err != nil:
		return nil, fmt.Errorf("read configuration: %w", err)
	default:
		c.path = path
	}
	problems := c.decode(data)
	problems = append(problems, overlay(reflect.ValueOf(&c).Elem(), "SWITCHBOARD", getenv)...)
	c.fromOpenAIEnvironment(getenv)
	if len(problems) == 0 {
		problems = c.check(getenv)
	}
	if len(problems) > 0 {
		return nil, &configError{path: path, problems: problems}
	}
	if c.Database.URL == "" {
		c.Database.URL = "sqlite://" + strings.TrimSuffix(c.DataDir, "/") + "/switchboard.db"
	}
	c.read = fingerprint(&c)
	return &c, nil
}

// configError is every mistake of a configuration, each with its line where it has one.
type configError struct {
	path     string
	problems []string
}

func (e *configError) Error() string {
	return fmt.Sprintf("the configuration has %d mistake(s):\n  %s", len(e.problems), strings.Join(e.problems, "\n  "))
}

func (c *config) decode(data []byte) (problems []string) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(c); err != nil && !errors.Is(err, io.EOF) {
		var te *yaml.TypeError
		if !errors.As(err, &te) {
			return []string{c.path + ": " + strings.TrimPrefix(err.Error(), "yaml: ")}
		}
		for _, p := range te.Errors {
			problems = append(problems, c.path+": "+strings.ReplaceAll(p, " in type main.config", ""))
		}
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) && len(problems) == 0 {
		problems = append(problems, c.path+": a second document, behind ---, would not be read")
	}
	var root yaml.Node
	c.lines = map[string]int{}
	if yaml.Unmarshal(data, &root) == nil && len(root.Content) > 0 {
		c.mark("", root.Content[0])
	}
	return problems
}

// mark remembers on which line each key stands.
func (c *config) mark(path string, n *yaml.Node) {
	c.lines[path] = n.Line
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			c.mark(strings.TrimPrefix(path+"."+n.Content[i].Value, "."), n.Content[i+1])
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			c.mark(path+"."+strconv.Itoa(i), item)
		}
	}
}

// overlay sets what the environment says, key by key.
func overlay(v reflect.Value, name string, getenv func(string) string) (problems []string) {
	if text := getenv(name); text != "" && name != "SWITCHBOARD" {
		if v.Kind() == reflect.String {
			v.SetString(text)
		} else if err := decodeStrictly(text, v.Addr().Interface()); err != nil {
			problems = append(problems, name+": "+strings.TrimPrefix(err.Error(), "yaml: "))
		}
	}
	if v.Kind() != reflect.Struct {
		return problems
	}
	for i := range v.NumField() {
		if key := v.Type().Field(i).Tag.Get("yaml"); key != "" {
			problems = append(problems, overlay(v.Field(i), name+"_"+strings.ToUpper(key), getenv)...)
		}
	}
	return problems
}

// decodeStrictly refuses keys that there are not, as in the file.
func decodeStrictly(text string, to any) error {
	dec := yaml.NewDecoder(strings.NewReader(text))
	dec.KnownFields(true)
	return dec.Decode(to)
}

// fromOpenAIEnvironment puts the model that OPENAI_API_KEY stands for at the head of the chain.
func (c *config) fromOpenAIEnvironment(getenv func(string) string) {
	const name = "openai"
	if getenv("OPENAI_API_KEY") == "" {
		return
	}
	for _, m := range c.Models {
		if m.APIKeyEnv == "OPENAI_API_KEY" || m.Name == name {
			return
		}
	}
	m := modelConfig{Name: name, BaseURL: getenv("OPENAI_BASE_URL"), APIKeyEnv: "OPENAI_API_KEY", Model: getenv("OPENAI_MODEL")}
	if m.BaseURL == "" {
		m.BaseURL = "https://api.openai.com/v1"
	}
	if m.Model == "" {
		m.Model = "gpt-4.1-mini"
	}
	if len(c.Chain) == 0 {
		for _, m := range c.Models {
			c.Chain = append(c.Chain, stepConfig{m.Name})
		}
	}
	c.Models = append([]modelConfig{m}, c.Models...)
	c.Chain = append([]stepConfig{{name}}, c.Chain...)
}

// at says where a key stands.
func (c *config) at(key string) string {
	for k := key; ; {
		if line, ok := c.lines[k]; ok && c.path != "" {
			return fmt.Sprintf("%s: line %d: %s: ", c.path, line, key)
		}
		i := strings.LastIndexByte(k, '.')
		if i < 0 {
			return key + ": "
		}
		k = k[:i]
	}
}

func (c *config) check(getenv func(string) string) (problems []string) {
	bad := func(key, format string, args ...any) {
		problems = append(problems, c.at(key)+fmt.Sprintf(format, args...))
	}
	if _, port, err := net.SplitHostPort(c.Listen); err != nil {
		bad("listen", "must be HOST:PORT, like 127.0.0.1:8080")
	} else if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		bad("listen", "%q is no port", port)
	}
	if c.Debug != "" && !isLoopback(c.Debug) {
		bad("debug_listen", "must be an address of this machine alone, like 127.0.0.1:6060: profiles show what is in memory")
	}
	for i, proxy := range c.Proxies {
		if _, err := netip.ParsePrefix(proxy); err != nil && net.ParseIP(proxy) == nil {
			bad(fmt.Sprintf("trusted_proxies.%d", i), "must be an address or a network, such as 10.0.0.0/8")
		}
	}
	if c.DataDir == "" {
		bad("data_dir", "must name a folder")
	}
	names := map[string]bool{}
	for i, m := range c.Models {
		c.checkModel(fmt.Sprintf("models.%d", i), m, names, getenv, bad)
	}
	c.checkChain(names, bad)
	if m := c.Ground.Model; m != "" && !names[m] {
		bad("grounding.model", "no model is named %q", m)
	}
	if a := c.Answers; a.Size < 0 || a.For < 0 || (a.Size > 0) != (a.For > 0) {
		bad("answer_cache", "needs a size and a time that answers are kept for, or neither")
	}
	c.checkMeaning(getenv, bad)
	c.checkFiles(bad)
	if r := c.Handoff.Retry; r.First < 0 || r.Most < 0 || r.Most > time.Hour {
		bad("handoff.retry", "must not be negative, and an hour at most")
	}
	if w := c.Handoff.Webhook; w.URL != "" {
		if !isHTTP(w.URL) {
			bad("handoff.webhook.url", "must be an http or https address")
		}
		if _, err := secret(w.SecretEnv, w.SecretFile, getenv); err != nil {
			bad("handoff.webhook", "%v: a webhook is signed, so it needs secret_env or secret_file", err)
		}
	}
	if h, err := c.handoff(getenv); err != nil {
		if c.Handoff.Webhook.URL == "" { // what is wrong with the webhook has been said
			bad("handoff", "%v", err)
		}
	} else if err := handoff.Check(h); err != nil && (c.Handoff.Webhook.URL == "" || isHTTP(c.Handoff.Webhook.URL)) {
		bad("handoff", "%v", err)
	}
	if _, err := c.inbound(getenv); err != nil {
		bad("handoff.inbound", "%v", err)
	}
	if _, err := c.identitySecret(getenv); err != nil {
		bad("identity", "%v", err)
	}
	c.Limits.check(bad)
	c.checkQuotas(bad)
	c.Signals.check(bad)
	c.Retain.check(bad)
	if _, err := logLevel(c.Log.Level); err != nil {
		bad("log.level", "must be debug, info, warn or error")
	}
	return problems
}

// checkChain checks the order of the models, whose names are given, and how it is gone through.
func (c *config) checkChain(names map[string]bool, bad func(string, string, ...any)) {
	used := map[string]bool{}
	for i, step := range c.Chain {
		key := fmt.Sprintf("chain.%d", i)
		if len(step) == 0 {
			bad(key, "names no model")
		}
		for _, name := range step {
			switch {
			case !names[name]:
				bad(key, "no model is named %q", name)
			case used[name]:
				bad(key, "%q is in the chain already", name)
			}
			used[name] = true
		}
	}
	r := c.Routing
	switch llm.Balance(r.Balance) {
	case "", llm.Weighted, llm.LeastLatency:
	default:
		bad("routing.balance", "must be %s or %s", llm.Weighted, llm.LeastLatency)
	}
	if b := r.Breaker; !(b.FailureRate >= 0 && b.FailureRate <= 1) || !(b.SlowRate >= 0 && b.SlowRate <= 1) {
		bad("routing.breaker", "rates are between 0 and 1")
	} else if b.OpenFor < 0 {
		bad("routing.breaker.open_for", "must not be negative")
	}
}

func (l *limitsConfig) check(bad func(string, string, ...any)) {
	for key, r := range map[string]rateConfig{"limits.messages": l.Messages, "limits.requests": l.Requests} {
		if r.Burst < 1 || r.Per <= 0 {
			bad(key, "needs a burst of at least 1 and a positive per")
		}
	}
	if l.Turns < 1 {
		bad("limits.turns", "must be at least 1")
	}
	if l.Queue < 0 {
		bad("limits.queue", "must not be negative")
	}
	if l.QueueWait <= 0 {
		bad("limits.queue_wait", "must be positive")
	}
	if l.TurnTimeout <= l.QueueWait || l.TurnTimeout > time.Hour {
		bad("limits.turn_timeout", "must be longer than queue_wait, and an hour at most")
	}
}

func (c *config) checkModel(
	key string, m modelConfig, names map[string]bool, getenv func(string) string, bad func(string, string, ...any),
) {
	switch {
	case m.Name == "":
		bad(key, "needs a name")
	case m.Name == "extractive":
		bad(key+".name", "“extractive” is the name of the last link, which is always there")
	case names[m.Name]:
		bad(key+".name", "%q is the name of another model", m.Name)
	}
	names[m.Name] = true
	if !isHTTP(m.BaseURL) {
		bad(key+".base_url", "must be an http or https address, such as https://api.openai.com/v1")
	}
	if m.Model == "" {
		bad(key, "needs a model")
	}
	if m.APIKeyEnv != "" || m.APIKeyFile != "" {
		if _, err := secret(m.APIKeyEnv, m.APIKeyFile, getenv); err != nil {
			bad(key, "%v", err)
		}
	}
	for name, d := range map[string]time.Duration{
		"first_token_timeout": m.FirstTokenTimeout, "idle_timeout": m.IdleTimeout, "timeout": m.Timeout, "slow_after": m.SlowAfter,
	} {
		if d < 0 {
			bad(key+"."+name, "must not be negative")
		}
	}
	if !(m.Weight >= 0 && m.Weight <= 1e6) || m.Concurrency < 0 || m.MaxTokens < 0 { // NaN too
		bad(key, "weight, concurrency and max_tokens must not be negative, or absurd")
	}
	if p := m.price(); !(p.Input >= 0 && p.Input <= llm.MaxPrice) || !(p.Output >= 0 && p.Output <= llm.MaxPrice) {
		bad(key+".price", "must be from 0 to %.0f dollars for a million tokens", float64(llm.MaxPrice))
	}
	hottest := 2.0
	switch llm.API(m.API) {
	case "", llm.OpenAI:
		if m.APIVersion != "" {
			bad(key+".api_version", "is for azure and anthropic only")
		}
	case llm.Azure:
	case llm.Anthropic:
		hottest = 1
	default:
		bad(key+".api", "must be openai, azure or anthropic")
	}
	if m.Temperature != nil && !(*m.Temperature >= 0 && *m.Temperature <= hottest) {
		bad(key+".temperature", "must be within 0 and %v", hottest)
	}
}

// checkMeaning checks the models that searches use.
func (c *config) checkMeaning(getenv func(string) string, bad func(string, string, ...any)) {
	if e := c.Embed; e.BaseURL != "" {
		if _, err := embedConfigOf(e, getenv); err != nil {
			bad("embeddings", "%v", err)
		}
	} else if e.Model != "" {
		bad("embeddings", "needs a base_url")
	}
	if r := c.Rerank; r.BaseURL != "" {
		if _, err := rerankConfigOf(r, getenv); err != nil {
			bad("rerank", "%v", err)
		}
	} else if r.Model != "" {
		bad("rerank", "needs a base_url")
	}
}

func (c *config) checkFiles(bad func(string, string, ...any)) {
	files := map[string]string{"policy": c.Policy, "prompts": c.Prompts, "kb.synonyms": c.KB.Synonyms}
	for i, s := range c.KB.Sources {
		files[fmt.Sprintf("kb.sources.%d", i)] = s
	}
	for key, path := range files {
		if path == "" {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			bad(key, "%v", err)
		}
	}
	if u := c.Database.URL; u != "" {
		if s, _, ok := strings.Cut(u, "://"); !ok || (s != "sqlite" && s != "postgres" && s != "postgresql") {
			bad("database.url", "must begin with sqlite:// or postgres://")
		}
	}
	if u := c.Redis.URL; u != "" && !strings.HasPrefix(u, "redis://") && !strings.HasPrefix(u, "rediss://") {
		bad("redis.url", "must begin with redis:// or rediss://")
	}
}

func isHTTP(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
