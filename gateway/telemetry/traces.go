package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"switchboard"
)

// Traces makes the spans of requests, turns and calls of models, and OpenTelemetry's metrics of those calls. Attributes
// hold no customer's text; the ids of conversations and messages are ours. A nil *Traces makes none. It is safe for
// concurrent use; Close it in the end.
type Traces struct {
	tracer  trace.Tracer
	models  models
	calls   *callMetrics // nil where metrics are not exported
	closers []func(context.Context) error
}

// untracedRoutes are asked by probes, every few seconds and for ever.
var untracedRoutes = map[string]bool{"/healthz": true, "/readyz": true, "/metrics": true}

// Request begins the span of an HTTP request, in the trace that its traceparent names. route is the pattern, "" where
// there is none. over ends the span.
func (t *Traces) Request(r *http.Request, route, method string) (ctx context.Context, over func(status int)) {
	ctx = r.Context()
	if t == nil || untracedRoutes[route] {
		return ctx, func(int) {}
	}
	name := method
	attributes := []attribute.KeyValue{attrMethod.String(method), attrScheme.String("http")}
	if route != "" {
		name += " " + route
		attributes = append(attributes, attrRoute.String(route))
	}
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(r.Header))
	ctx, span := t.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attributes...))
	return ctx, func(status int) {
		span.SetAttributes(attrStatus.Int(status))
		if status >= http.StatusInternalServerError {
			span.SetAttributes(attrErrorType.String(strconv.Itoa(status)))
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// Turn begins the span of a turn. over ends it, with the answer, or why there is none.
func (t *Traces) Turn(ctx context.Context) (_ context.Context, over func(switchboard.Answer, error)) {
	if t == nil {
		return ctx, func(switchboard.Answer, error) {}
	}
	ctx, span := t.tracer.Start(ctx, spanTurn)
	return ctx, func(a switchboard.Answer, err error) {
		defer span.End()
		if !span.IsRecording() {
			return
		}
		if a.ID != "" {
			span.SetAttributes(
				attrConversation.String(a.ConversationID), attrMessage.String(a.ID), attrAction.String(string(a.Action)),
				attrReason.String(string(a.Reason)), attrRelease.String(string(a.Release)), attrModel.String(a.Model),
				attrAttempts.Int(a.Attempts), attrCost.Float64(a.Usage.CostUSD),
				attrFirstSentence.Float64(a.Latency.FirstSentence), attrVerify.Float64(a.Latency.Verify),
			)
		}
		if err == nil || errors.Is(err, context.Canceled) { // who left is no error of ours
			return
		}
		span.SetAttributes(attrErrorType.String(string(switchboard.KindOf(err))))
		span.SetStatus(codes.Error, "")
	}
}

// Stage begins the span of a stage of a turn, and over ends it.
func (t *Traces) Stage(ctx context.Context, name string) (_ context.Context, over func()) {
	if t == nil {
		return ctx, func() {}
	}
	ctx, span := t.tracer.Start(ctx, spanStage+name)
	return ctx, func() { span.End() }
}

// traced adds to each line of a log the trace that it belongs to, where there is one.
type traced struct{ slog.Handler }

func (h traced) Handle(ctx context.Context, r slog.Record) error {
	if c := trace.SpanContextFromContext(ctx); c.IsValid() {
		r.AddAttrs(slog.String("trace_id", c.TraceID().String()), slog.String("span_id", c.SpanID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

func (h traced) WithAttrs(a []slog.Attr) slog.Handler { return traced{h.Handler.WithAttrs(a)} }
func (h traced) WithGroup(name string) slog.Handler   { return traced{h.Handler.WithGroup(name)} }
