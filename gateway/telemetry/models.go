package telemetry

import (
	"context"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"switchboard"
	"switchboard/gateway/llm"
)

// modelMetrics counts what chains of models do.
type modelMetrics struct {
	*children[string, *modelCounters]
	requests      *prometheus.CounterVec   // model, outcome
	attempts      *prometheus.CounterVec   // model, kind
	hedges        *prometheus.CounterVec   // model, result
	skips         *prometheus.CounterVec   // model, why
	tokens        *prometheus.CounterVec   // model, direction
	cost          *prometheus.CounterVec   // model
	firstToken    *prometheus.HistogramVec // model
	firstSentence *prometheus.HistogramVec // model
	inFlight      *prometheus.GaugeVec     // model
	breaker       *prometheus.GaugeVec     // model
}

// modelCounters are those of one model.
type modelCounters struct {
	requests, attempts, hedges, skips *children[string, prometheus.Counter]
	input, output, cost               prometheus.Counter
	firstToken, firstSentence         prometheus.Observer
	inFlight                          prometheus.Gauge
}

func (t table) models() modelMetrics {
	m := modelMetrics{
		requests:      t.counter("model_requests_total", "Calls of models by how they ended: failed, lost, cancelled ones and probes too.", "model", "outcome"),
		attempts:      t.counter("model_attempts_total", "The same calls by why they were made.", "model", "kind"),
		hedges:        t.counter("model_hedges_total", "Calls made beside one that was slow to begin, by whether they paid.", "model", "result"),
		skips:         t.counter("model_skips_total", "Times that a model was passed over.", "model", "why"),
		tokens:        t.counter("model_tokens_total", "Tokens.", "model", "direction"),
		cost:          t.counter("model_cost_usd_total", "Cost in US dollars, of every call.", "model"),
		firstToken:    t.histogram("model_first_token_seconds", "Until a model's first content.", "model"),
		firstSentence: t.histogram("model_first_sentence_seconds", "Until the customer could read a verified sentence, by the model that ended the reply.", "model"),
		inFlight:      t.gauge("model_in_flight", "Calls under way.", "model"),
		breaker:       t.gauge("breaker_state", "0 closed, 1 half open, 2 open.", "model"),
	}
	m.children = remember(func(model string) *modelCounters {
		by := func(v *prometheus.CounterVec) *children[string, prometheus.Counter] {
			return remember(func(label string) prometheus.Counter { return v.WithLabelValues(model, label) })
		}
		return &modelCounters{
			requests: by(m.requests), attempts: by(m.attempts), hedges: by(m.hedges), skips: by(m.skips),
			input: m.tokens.WithLabelValues(model, "input"), output: m.tokens.WithLabelValues(model, "output"),
			cost: m.cost.WithLabelValues(model), firstToken: m.firstToken.WithLabelValues(model),
			firstSentence: m.firstSentence.WithLabelValues(model), inFlight: m.inFlight.WithLabelValues(model),
		}
	})
	return m
}

// Models says which models are configured now: their breakers begin closed, and of others nothing is shown that only a
// model in use has.
func (m *Metrics) Models(names []string) {
	for _, name := range names {
		m.models.of(name)
		m.models.breaker.WithLabelValues(name).Set(0)
	}
	for _, name := range m.models.keys() {
		if !slices.Contains(names, name) {
			m.models.breaker.DeleteLabelValues(name)
		}
	}
}

// AttemptStarted counts a call under way.
func (m *Metrics) AttemptStarted(ctx context.Context, model string, _ switchboard.AttemptKind) context.Context {
	m.models.of(model).inFlight.Inc()
	return ctx
}

// AttemptEnded counts a call.
func (m *Metrics) AttemptEnded(_ context.Context, a switchboard.Attempt) {
	c := m.models.of(a.Model)
	c.inFlight.Dec()
	c.requests.of(a.Outcome).Inc()
	c.attempts.of(kindName(a.Kind)).Inc()
	c.input.Add(float64(a.InputTokens))
	c.output.Add(float64(a.OutputTokens))
	c.cost.Add(a.Cost.USD())
	if a.FirstToken > 0 {
		c.firstToken.Observe(a.FirstToken.Seconds())
	}
	if a.Kind == switchboard.AttemptHedge {
		c.hedges.of(hedgeResult(a.Outcome)).Inc()
	}
}

// kindName is the kind as labels have it, which are better not empty.
func kindName(k switchboard.AttemptKind) string {
	if k == switchboard.AttemptFirst {
		return "first"
	}
	return string(k)
}

// hedgeResult says whether a hedge paid: it was faster, it was slower, or it failed by itself.
func hedgeResult(outcome string) string {
	switch llm.Class(outcome) {
	case llm.OK:
		return "won"
	case llm.Cancelled:
		return "lost"
	}
	return "failed"
}

// AttemptSkipped counts that a model was passed over.
func (m *Metrics) AttemptSkipped(_ context.Context, model string, why llm.Skip) {
	m.models.of(model).skips.of(string(why)).Inc()
}

// BreakerChanged shows the state that a model's breaker has come to.
func (m *Metrics) BreakerChanged(model string, s llm.BreakerState) {
	state := map[llm.BreakerState]float64{llm.BreakerClosed: 0, llm.BreakerHalfOpen: 1, llm.BreakerOpen: 2}[s]
	m.models.breaker.WithLabelValues(model).Set(state)
}
