package telemetry

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"switchboard"
)

// Metrics counts. It is an llm.Observer, and safe for concurrent use; every method costs well under a microsecond.
type Metrics struct {
	registry *prometheus.Registry
	models   modelMetrics

	http          *children[requestLabels, prometheus.Observer]
	turn          *children[switchboard.Action, prometheus.Observer]
	turns         *children[turnLabels, prometheus.Counter]
	firstSentence prometheus.Observer
	retrieve      prometheus.Observer
	model         prometheus.Observer
	verify        prometheus.Observer
	search        prometheus.Observer
	queueWait     prometheus.Observer
	documents     prometheus.Gauge
	csat          prometheus.Histogram
	grounded      prometheus.Histogram
	stops         *children[string, prometheus.Counter] // by guard
	feedback      *children[string, prometheus.Counter] // by rating
	handoffs      *children[string, prometheus.Counter] // by state
	sheds         *children[string, prometheus.Counter] // by why
	denied        *children[string, prometheus.Counter] // by limit
	answerCache   *children[string, prometheus.Counter] // by result
	swept         *prometheus.CounterVec                // by class and where
}

type requestLabels struct {
	route, method string
	status        int
}

type turnLabels struct {
	action  switchboard.Action
	release switchboard.ReleaseID
}

// seconds suits what happens between a memory look-up and a slow model.
var seconds = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

// New returns metrics registered under the prefix "switchboard_". outboxPending is asked at every scrape.
func New(outboxPending func() float64) *Metrics {
	t := table{prometheus.NewRegistry()}
	http := t.histogram("http_request_duration_seconds", "HTTP requests, streams until their end.", "route", "method", "status")
	turn := t.histogram("turn_duration_seconds", "Turns, from the message to the recorded answer.", "action")
	stage := t.histogram("stage_duration_seconds", "Stages of a turn.", "stage")
	turns := t.counter("turns_total", "Turns.", "action", "release")
	m := &Metrics{
		registry: t.registry,
		models:   t.models(),
		http: remember(func(l requestLabels) prometheus.Observer {
			return http.WithLabelValues(l.route, l.method, strconv.Itoa(l.status))
		}),
		turn: remember(func(a switchboard.Action) prometheus.Observer { return turn.WithLabelValues(string(a)) }),
		turns: remember(func(l turnLabels) prometheus.Counter {
			return turns.WithLabelValues(string(l.action), string(l.release))
		}),
		firstSentence: t.histogram("first_sentence_seconds", "Until the customer could read a verified sentence.").WithLabelValues(),
		retrieve:      stage.WithLabelValues("retrieve"),
		model:         stage.WithLabelValues("model"),
		verify:        stage.WithLabelValues("verify"),
		search:        t.histogram("kb_search_duration_seconds", "Searches of the knowledge base.").WithLabelValues(),
		queueWait:     t.histogram("queue_wait_seconds", "How long turns waited until there was room for them.").WithLabelValues(),
		stops:         t.counts("guard_stops_total", "Sentences that a guard did not let out.", "guard"),
		feedback:      t.counts("feedback_total", "Ratings of replies.", "rating"),
		handoffs:      t.counts("handoffs_total", "Handoffs that were asked for, by how far they had come.", "state"),
		sheds:         t.counts("sheds_total", "Turns that were turned away because there was no room.", "why"),
		denied:        t.counts("budget_denied_total", "Attempts that a limit of what may be spent did not allow.", "limit"),
		swept:         t.counter("retention_removed_total", "Records that were older than they are kept.", "class", "where"),
		answerCache:   t.counts("answer_cache_total", "Questions that the answer cache was asked.", "result"),
		documents:     prometheus.NewGauge(options("kb_documents", "Documents in the snapshot in use.")),
		grounded: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "switchboard", Name: "grounded", Help: "Lowest groundedness of a sentence of an answer.",
			Buckets: []float64{0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1},
		}),
		csat: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "switchboard", Name: "csat_score", Help: "Satisfaction with conversations.", Buckets: []float64{1, 2, 3, 4, 5},
		}),
	}
	m.swept.WithLabelValues("conversations", "conversations") // so that the series is there from the start
	for _, rating := range []string{"up", "down"} {
		m.feedback.of(rating) // so that the series is there from the start
	}
	prometheus.WrapRegistererWithPrefix("switchboard_", t.registry).MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	t.registry.MustRegister(m.documents, m.csat, m.grounded,
		prometheus.NewGaugeFunc(options("outbox_pending", "Handoffs that wait for their delivery."), outboxPending))
	return m
}

// Handler serves the metrics in Prometheus's text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Swept counts what a sweep has removed.
func (m *Metrics) Swept(class, where string, n int) {
	m.swept.WithLabelValues(class, where).Add(float64(n))
}

// Turn counts a recorded turn. Its attempts are counted where they end.
func (m *Metrics) Turn(t switchboard.Turn) {
	a := &t.Answer
	m.turns.of(turnLabels{a.Action, a.Release}).Inc()
	m.turn.of(a.Action).Observe(a.Latency.Total / 1000)
	if a.Latency.FirstSentence > 0 {
		m.firstSentence.Observe(a.Latency.FirstSentence / 1000)
	}
	if t.Grounded > 0 {
		m.grounded.Observe(t.Grounded)
	}
	if t.Evidence != "" {
		m.retrieve.Observe(a.Latency.Retrieve / 1000)
		m.search.Observe(a.Latency.Retrieve / 1000)
	}
	if a.Model != "" {
		m.model.Observe(a.Latency.Model / 1000)
		m.verify.Observe(a.Latency.Verify / 1000)
		if a.Latency.FirstSentence > 0 {
			m.models.of(a.Model).firstSentence.Observe(a.Latency.FirstSentence / 1000)
		}
	}
	for _, s := range t.Stops {
		m.stops.of(s.Guard).Inc()
	}
}

// Feedback counts a rating, "up" or "down".
func (m *Metrics) Feedback(rating string) { m.feedback.of(rating).Inc() }

// CSAT counts a score of 1 to 5.
func (m *Metrics) CSAT(score int) { m.csat.Observe(float64(score)) }

// Handoff counts a handoff that was asked for.
func (m *Metrics) Handoff(s switchboard.HandoffState) { m.handoffs.of(string(s)).Inc() }

// Documents says how many documents the snapshot in use has.
func (m *Metrics) Documents(n int) { m.documents.Set(float64(n)) }

// HTTP counts a request that has ended. route is the pattern, never the path.
func (m *Metrics) HTTP(route, method string, status int, took time.Duration) {
	m.http.of(requestLabels{route, method, status}).Observe(took.Seconds())
}

// Shed counts a turn that was turned away before it began. why is one of a fixed set of words.
func (m *Metrics) Shed(why string) { m.sheds.of(why).Inc() }

// QueueWait counts how long a turn waited until there was room for it; one that did not have to wait counts as 0.
func (m *Metrics) QueueWait(d time.Duration) { m.queueWait.Observe(d.Seconds()) }

// BudgetDenied counts an attempt that a limit did not allow. limit is the limit's stable name.
func (m *Metrics) BudgetDenied(limit string) { m.denied.of(limit).Inc() }

// AnswerCache counts a question by what the answer cache had for it. result is one of a fixed set of words.
func (m *Metrics) AnswerCache(result string) { m.answerCache.of(result).Inc() }
