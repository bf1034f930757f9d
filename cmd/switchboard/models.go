package main

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"sync/atomic"

	"switchboard/gateway/llm"
)

// models are the chain of models in use. Releases that ask the same models share one: what is known of their health,
// and the connections to them, outlive a promotion.
type models struct {
	of    modelSettings
	chain *llm.Chain
	judge *llm.Chain // of the one model that judges sentences; nil for none
	links []*llm.Model
	users atomic.Int32
}

// modelSettings is all of the configuration that a chain is made from.
type modelSettings struct {
	Steps   [][]llm.ModelConfig
	Members map[string]llm.Member // by name, without their links
	Routing routingConfig
	Judge   *llm.ModelConfig // who judges sentences; nil for nobody
	Limited bool             // by quotas
}

// useModels returns the chain that the configuration names, nil where it names none. It is the caller's until release.
func (w *parts) useModels(getenv func(string) string) (*models, error) {
	of, err := modelSettingsOf(w.config, getenv)
	if err != nil {
		return nil, err
	}
	of.Limited = w.limited()
	if w.models == nil || !reflect.DeepEqual(of, w.models.of) {
		fresh, err := w.newModels(of)
		if err != nil {
			return nil, err
		}
		w.models.release()
		w.models = fresh
	}
	if w.models != nil {
		w.models.users.Add(1)
	}
	return w.models, nil
}

// newModels makes a chain. It has no last link: that the passages are quoted where no model answers is the gateway's to
// say.
func (w *parts) newModels(of modelSettings) (*models, error) {
	m := &models{of: of}
	m.users.Store(1) // for being the parts' own
	var steps []llm.Step
	var names []string
	for _, configs := range of.Steps {
		var step llm.Step
		for _, c := range configs {
			model, err := llm.NewModel(c)
			if err != nil {
				return nil, fmt.Errorf("model %s: %w", c.Name, err)
			}
			member := of.Members[c.Name]
			member.Link = model
			m.links, step, names = append(m.links, model), append(step, member), append(names, c.Name)
		}
		steps = append(steps, step)
	}
	judged, err := w.newJudge(m)
	if err != nil {
		return nil, err
	}
	w.metrics.Models(append(names, judged...))
	w.traces.Models(slices.Concat(of.Steps...))
	if len(m.links) == 0 {
		return nil, nil
	}
	var budget llm.Budget
	if of.Limited {
		budget = &w.quotas
	}
	m.chain = llm.NewChain(steps, nil, llm.ChainOptions{
		Budget:  budget,
		Balance: llm.Balance(of.Routing.Balance), Hedge: of.Routing.Hedge, Probe: true,
		Observer: w.traces.Observe(probeKeeper{w.metrics, w.ledger, w.log}),
		Breaker: llm.BreakerConfig{
			Failures: of.Routing.Breaker.Failures, FailureRate: of.Routing.Breaker.FailureRate,
			SlowRate: of.Routing.Breaker.SlowRate, OpenFor: of.Routing.Breaker.OpenFor,
		},
	})
	return m, nil
}

func (m *models) release() {
	if m == nil || m.users.Add(-1) > 0 {
		return
	}
	m.chain.Close()
	if m.judge != nil {
		m.judge.Close()
	}
	for _, l := range m.links {
		l.Close()
	}
}

// newJudge makes the chain of the model that judges sentences, apart from the one that answers. It returns the name that its
// calls are counted under, if it is not in that one too.
func (w *parts) newJudge(m *models) (names []string, err error) {
	c := m.of.Judge
	if c == nil || len(m.links) == 0 {
		return nil, nil
	}
	model, err := llm.NewModel(*c)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", c.Name, err)
	}
	if !slices.ContainsFunc(m.links, func(l *llm.Model) bool { return l.Name() == c.Name }) {
		names = []string{c.Name}
	}
	m.links = append(m.links, model)
	var budget llm.Budget
	if m.of.Limited {
		budget = &w.quotas
	}
	m.judge = llm.NewChain([]llm.Step{{{Link: model}}}, nil, llm.ChainOptions{
		Budget: budget, Observer: w.traces.Observe(probeKeeper{w.metrics, w.ledger, w.log}),
	})
	return names, nil
}

// judging is the chain that judges sentences, or nobody.
func (m *models) judging() llm.Completer {
	if m == nil || m.judge == nil {
		return nil
	}
	return m.judge
}

// completer is the chain, or no chain at all.
func (m *models) completer() llm.Completer {
	if m == nil {
		return nil
	}
	return m.chain
}

// fingerprint is the models' part of a release: who is asked, in which order, and how. That some are equals is part of
// the order.
func (m *models) fingerprint() string {
	if m == nil {
		return llm.Fingerprint(nil)
	}
	var configs []llm.ModelConfig
	equals := ""
	for _, step := range m.of.Steps {
		configs = append(configs, step...)
		if len(step) > 1 {
			equals += fmt.Sprintf(" %d", len(step))
		} else {
			equals += " 1"
		}
	}
	if len(configs) == len(m.of.Steps) {
		equals = ""
	}
	if m.of.Judge != nil {
		equals += " judge " + llm.Fingerprint([]llm.ModelConfig{*m.of.Judge})
	}
	return llm.Fingerprint(configs) + equals
}

// modelSettingsOf reads the chain, by default all models in their order.
func modelSettingsOf(c *config, getenv func(string) string) (modelSettings, error) {
	of := modelSettings{Routing: c.Routing, Members: map[string]llm.Member{}}
	chain := c.Chain
	if len(chain) == 0 {
		for _, m := range c.Models {
			chain = append(chain, stepConfig{m.Name})
		}
	}
	for _, names := range chain {
		var step []llm.ModelConfig
		for _, name := range names {
			m := c.model(name)
			mc, err := modelOf(m, getenv)
			if err != nil {
				return of, err
			}
			step = append(step, mc)
			slow := cmp.Or(m.SlowAfter, cmp.Or(m.FirstTokenTimeout, llm.DefaultFirstTokenTimeout)/2)
			of.Members[name] = llm.Member{Weight: m.Weight, Concurrency: m.Concurrency, SlowAfter: slow}
		}
		of.Steps = append(of.Steps, step)
	}
	if c.Ground.Model != "" {
		mc, err := modelOf(c.model(c.Ground.Model), getenv)
		if err != nil {
			return of, err
		}
		of.Judge = &mc
	}
	return of, nil
}

// model returns the model of that name, which check has found to be there.
func (c *config) model(name string) modelConfig {
	for _, m := range c.Models {
		if m.Name == name {
			return m
		}
	}
	return modelConfig{Name: name}
}

func modelOf(m modelConfig, getenv func(string) string) (llm.ModelConfig, error) {
	mc := llm.ModelConfig{
		Name: m.Name, API: llm.API(m.API), APIVersion: m.APIVersion,
		BaseURL: m.BaseURL, Model: m.Model, FirstTokenTimeout: m.FirstTokenTimeout,
		IdleTimeout: m.IdleTimeout, Timeout: m.Timeout, Price: llm.Price(m.price()), MaxTokens: m.MaxTokens,
		Temperature: m.Temperature,
	}
	if m.APIKeyEnv == "" && m.APIKeyFile == "" {
		return mc, nil
	}
	key, err := secret(m.APIKeyEnv, m.APIKeyFile, getenv)
	if err != nil {
		return mc, fmt.Errorf("model %s: %w", m.Name, err)
	}
	mc.APIKey = key
	return mc, nil
}
