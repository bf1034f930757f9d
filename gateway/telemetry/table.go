package telemetry

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// table registers metrics under the product's prefix.
type table struct{ registry *prometheus.Registry }

func options(name, help string) prometheus.GaugeOpts {
	return prometheus.GaugeOpts{Namespace: "switchboard", Name: name, Help: help}
}

func (t table) histogram(name, help string, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: "switchboard", Name: name, Help: help, Buckets: seconds,
	}, labels)
	t.registry.MustRegister(h)
	return h
}

func (t table) counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts(options(name, help)), labels)
	t.registry.MustRegister(c)
	return c
}

func (t table) gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	g := prometheus.NewGaugeVec(options(name, help), labels)
	t.registry.MustRegister(g)
	return g
}

// counts is a counter with one label.
func (t table) counts(name, help, label string) *children[string, prometheus.Counter] {
	c := t.counter(name, help, label)
	return remember(func(value string) prometheus.Counter { return c.WithLabelValues(value) })
}

// children remembers what was made for each value of labels, so that to count again costs neither a hash of all labels
// nor an allocation. It suits few values that come again and again. It is safe for concurrent use.
type children[K comparable, V any] struct {
	make  func(K) V
	known atomic.Pointer[map[K]V] // replaced, never changed
	mu    sync.Mutex              // one who replaces it
}

func remember[K comparable, V any](make func(K) V) *children[K, V] {
	c := &children[K, V]{make: make}
	c.known.Store(&map[K]V{})
	return c
}

func (c *children[K, V]) of(k K) V {
	if v, ok := (*c.known.Load())[k]; ok {
		return v
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if v, ok := (*c.known.Load())[k]; ok {
		return v
	}
	more := maps.Clone(*c.known.Load())
	v := c.make(k)
	more[k] = v
	c.known.Store(&more)
	return v
}

func (c *children[K, V]) keys() []K { return slices.Collect(maps.Keys(*c.known.Load())) }
