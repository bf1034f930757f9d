// Package telemetry holds the metrics that the gateway exports and the logger that it writes to: one table of names.
//
// Read [Metrics] first. The package knows the words of the product and Prometheus, and nothing of who counts what.
// Labels never carry a customer's text or id.
package telemetry

import (
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"switchboard"
)

// Metrics counts. It is safe for concurrent use; every method costs well under a microsecond.
type Metrics struct {
	registry *prometheus.Registry

	http          *prometheus.HistogramVec // route, method, status
	turn          *prometheus.HistogramVec // action
	stage         *prometheus.HistogramVec // stage
	firstSentence prometheus.Observer
	turns         *prometheus.CounterVec   // action, release
	stops         *prometheus.CounterVec   // guard
	modelRequests *prometheus.CounterVec   // model, outcome
	modelTokens   *prometheus.CounterVec   // model, direction
	modelCost     *prometheus.CounterVec   // model
	firstToken    *prometheus.HistogramVec // model
	breaker       *prometheus.GaugeVec     // model
	search        prometheus.Observer
	documents     prometheus.Gauge
	feedback      *prometheus.CounterVec // rating
	csat          prometheus.Histogram
	handoffs      *prometheus.CounterVec // state
}

// seconds suits what happens between a memory look-up and a slow model.
var seconds = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

// New returns metrics registered under the prefix "switchboard_". outboxPending is asked at every scrape.
func New(outboxPending func() float64) *Metrics {
	r := prometheus.NewRegistry()
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "switchboard", Name: name, Help: help, Buckets: seconds,
		}, labels)
		r.MustRegister(h)
		return h
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "switchboard", Name: name, Help: help}, labels)
		r.MustRegister(c)
		return c
	}
	m := &Metrics{
		registry:      r,
		http:          histogram("http_request_duration_seconds", "HTTP requests, streams until their end.", "route", "method", "status"),
		turn:          histogram("turn_duration_seconds", "Turns, from the message to the recorded answer.", "action"),
		stage:         histogram("stage_duration_seconds", "Stages of a turn.", "stage"),
		firstSentence: histogram("first_sentence_seconds", "Until the customer could read a verified sentence.").WithLabelValues(),
		turns:         counter("turns_total", "Turns.", "action", "release"),
		stops:         counter("guard_stops_total", "Sentences that a guard did not let out.", "guard"),
		modelRequests: counter("model_requests_total", "Calls of models, failed and cancelled ones included.", "model", "outcome"),
		modelTokens:   counter("model_tokens_total", "Tokens.", "model", "direction"),
		modelCost:     counter("model_cost_usd_total", "Cost in US dollars.", "model"),
		firstToken:    histogram("model_first_token_seconds", "Until a model's first content.", "model"),
		search:        histogram("kb_search_duration_seconds", "Searches of the knowledge base.").WithLabelValues(),
		feedback:      counter("feedback_total", "Ratings of replies.", "rating"),
		handoffs:      counter("handoffs_total", "Handoffs that were asked for, by how far they had come.", "state"),
		breaker: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: "switchboard", Name: "breaker_state", Help: "0 closed, 1 half open, 2 open.",
		}, []string{"model"}),
		documents: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "switchboard", Name: "kb_documents", Help: "Documents in the snapshot in use.",
		}),
		csat: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "switchboard", Name: "csat_score", Help: "Satisfaction with conversations.", Buckets: []float64{1, 2, 3, 4, 5},
		}),
	}
	for _, rating := range []string{"up", "down"} {
		m.feedback.WithLabelValues(rating) // so that the series is there from the start
	}
	prometheus.WrapRegistererWithPrefix("switchboard_", r).MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	r.MustRegister(m.breaker, m.documents, m.csat,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: "switchboard", Name: "outbox_pending", Help: "Handoffs that wait for their delivery.",
		}, outboxPending))
	return m
}

// Handler serves the metrics in Prometheus's text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Turn counts a recorded turn with its model calls.
func (m *Metrics) Turn(t switchboard.Turn) {
	a := t.Answer
	m.turns.WithLabelValues(string(a.Action), string(a.Release)).Inc()
	m.turn.WithLabelValues(string(a.Action)).Observe(a.Latency.Total / 1000)
	if a.Latency.FirstSentence > 0 {
		m.firstSentence.Observe(a.Latency.FirstSentence / 1000)
	}
	if t.Evidence != "" {
		m.stage.WithLabelValues("retrieve").Observe(a.Latency.Retrieve / 1000)
		m.search.Observe(a.Latency.Retrieve / 1000)
	}
	if a.Model != "" {
		m.stage.WithLabelValues("model").Observe(a.Latency.Model / 1000)
		m.stage.WithLabelValues("verify").Observe(a.Latency.Verify / 1000)
	}
	for _, s := range t.Stops {
		m.stops.WithLabelValues(s.Guard).Inc()
	}
	for _, x := range t.Attempts {
		m.attempt(x)
	}
}

func (m *Metrics) attempt(x switchboard.Attempt) {
	m.modelRequests.WithLabelValues(x.Model, x.Outcome).Inc()
	m.modelTokens.WithLabelValues(x.Model, "input").Add(float64(x.InputTokens))
	m.modelTokens.WithLabelValues(x.Model, "output").Add(float64(x.OutputTokens))
	m.modelCost.WithLabelValues(x.Model).Add(x.Cost.USD())
	if x.FirstToken > 0 {
		m.firstToken.WithLabelValues(x.Model).Observe(x.FirstToken.Seconds())
	}
}

// Feedback counts a rating, "up" or "down".
func (m *Metrics) Feedback(rating string) { m.feedback.WithLabelValues(rating).Inc() }

// CSAT counts a score of 1 to 5.
func (m *Metrics) CSAT(score int) { m.csat.Observe(float64(score)) }

// Handoff counts a handoff that was asked for.
func (m *Metrics) Handoff(s switchboard.HandoffState) { m.handoffs.WithLabelValues(string(s)).Inc() }

// Breaker says what state a model's circuit breaker has come to: 0 closed, 1 half open, 2 open.
func (m *Metrics) Breaker(model string, state int) {
	m.breaker.WithLabelValues(model).Set(float64(state))
}

// Documents says how many documents the snapshot in use has.
func (m *Metrics) Documents(n int) { m.documents.Set(float64(n)) }

// HTTP counts a request that has ended. route is the pattern, never the path.
func (m *Metrics) HTTP(route, method string, status int, took time.Duration) {
	m.http.WithLabelValues(route, method, strconv.Itoa(status)).Observe(took.Seconds())
}

// Logger writes JSON lines to w, or text where it is for a terminal.
func Logger(w io.Writer, terminal bool, level slog.Level) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if terminal {
		return slog.New(slog.NewTextHandler(w, o))
	}
	return slog.New(slog.NewJSONHandler(w, o))
}
