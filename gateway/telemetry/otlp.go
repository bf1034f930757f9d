package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"

	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
)

// Export says where traces and metrics are sent by OTLP over HTTP, with protocol buffers. What is not said here is what
// OpenTelemetry's own environment variables say: headers, timeouts, batches, the resource.
type Export struct {
	Endpoint string   // base address of the collector; "" is that of the environment, if it names one
	Sample   *float64 // share of the traces that begin here, 0..1; nil is what the environment says, or all
	Version  string   // of the program
	Getenv   func(string) string
	Log      *slog.Logger // is told when the collector cannot be reached, and when it can again
}

// Start begins to export. Where no endpoint is named it returns nil, which is ready to use and costs next to nothing.
// It connects to nothing: a collector that cannot be reached is no error, and holds up nobody. Spans wait for it in a
// queue of a fixed length and are dropped beyond it.
func Start(ctx context.Context, e Export) (*Traces, error) {
	spansTo, metricsTo := e.endpoint("TRACES"), e.endpoint("METRICS")
	if spansTo == "" && metricsTo == "" {
		return nil, nil
	}
	from := e.resource(ctx)
	var t Traces
	spans := []trace.TracerProviderOption{trace.WithResource(from)}
	if e.Sample != nil {
		spans = append(spans, trace.WithSampler(trace.ParentBased(trace.TraceIDRatioBased(*e.Sample))))
	}
	if spansTo == "" {
		spans = append(spans, trace.WithSampler(trace.NeverSample()))
	} else {
		to, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(spansTo))
		if err != nil {
			return nil, fmt.Errorf("export traces: %w", err)
		}
		spans = append(spans, trace.WithBatcher(&spanExporter{SpanExporter: to, told: told{log: e.Log, what: "traces"}}))
	}
	tracers := trace.NewTracerProvider(spans...)
	t.tracer = tracers.Tracer(scopeName)
	t.closers = append(t.closers, tracers.Shutdown)
	if metricsTo == "" {
		return &t, nil
	}
	to, err := otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpointURL(metricsTo))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("export metrics: %w", err), t.Close(ctx))
	}
	reader := metric.NewPeriodicReader(&metricExporter{Exporter: to, told: told{log: e.Log, what: "metrics"}})
	meters := metric.NewMeterProvider(metric.WithResource(from), metric.WithReader(reader))
	t.closers = append(t.closers, meters.Shutdown)
	if t.calls, err = newCallMetrics(meters.Meter(scopeName)); err != nil {
		return nil, errors.Join(err, t.Close(ctx))
	}
	return &t, nil
}

// endpoint is where a signal is sent, "" where it is not: what the configuration names, then the variable of the signal,
// then the one of all.
func (e Export) endpoint(signal string) string {
	if strings.EqualFold(e.Getenv("OTEL_SDK_DISABLED"), "true") || e.Getenv("OTEL_"+signal+"_EXPORTER") == "none" {
		return ""
	}
	base := e.Endpoint
	if base == "" {
		if whole := e.Getenv("OTEL_EXPORTER_OTLP_" + signal + "_ENDPOINT"); whole != "" {
			return whole
		}
		base = e.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT")
	}
	if base == "" {
		return ""
	}
	return strings.TrimSuffix(base, "/") + "/v1/" + strings.ToLower(signal)
}

// resource describes this process, as far as that can be found out.
func (e Export) resource(ctx context.Context) *resource.Resource {
	r, err := resource.New(ctx, resource.WithSchemaURL(schemaURL), resource.WithTelemetrySDK(), resource.WithHost(),
		resource.WithAttributes(semconv.ServiceName(serviceName), semconv.ServiceVersion(e.Version)),
		resource.WithFromEnv()) // which has the last word
	if err != nil {
		e.Log.WarnContext(ctx, "describe this process to the collector", "error", err)
	}
	return r
}

// Close sends what waits, until ctx ends, and stops exporting. Its error says that something was not sent.
func (t *Traces) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	done := make(chan error, len(t.closers))
	for _, close := range t.closers { // side by side: each may need all of the time
		go func() { done <- close(ctx) }()
	}
	var errs []error
	for range t.closers {
		errs = append(errs, <-done)
	}
	return errors.Join(errs...)
}

// told logs that exports fail, once until they succeed again: a collector that is away for a day is not news each second.
type told struct {
	log  *slog.Logger
	what string
	away atomic.Bool
}

// tell takes the outcome of an export, and always returns nil: there is nobody else to tell.
func (t *told) tell(ctx context.Context, err error) error {
	switch {
	case err != nil && !t.away.Swap(true):
		t.log.WarnContext(ctx, "the collector does not take "+t.what+", they are dropped", "error", err)
	case err == nil && t.away.Swap(false):
		t.log.InfoContext(ctx, "the collector takes "+t.what+" again")
	}
	return nil
}

type spanExporter struct {
	trace.SpanExporter
	told
}

func (e *spanExporter) ExportSpans(ctx context.Context, spans []trace.ReadOnlySpan) error {
	return e.tell(ctx, e.SpanExporter.ExportSpans(ctx, spans))
}

type metricExporter struct {
	metric.Exporter
	told
}

func (e *metricExporter) Export(ctx context.Context, m *metricdata.ResourceMetrics) error {
	return e.tell(ctx, e.Exporter.Export(ctx, m))
}
