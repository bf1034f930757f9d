package telemetry

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"switchboard"
	"switchboard/gateway/llm"
)

// models are those configured, by name.
type models struct {
	known atomic.Pointer[map[string]described]
}

// described is what the signals say of a model.
type described struct {
	span       string               // the name of its attempts' spans
	attributes []attribute.KeyValue // of the call, by the conventions
}

// Models says what the models are that are configured now.
func (t *Traces) Models(configured []llm.ModelConfig) {
	if t == nil {
		return
	}
	known := make(map[string]described, len(configured))
	for _, c := range configured {
		known[c.Name] = describe(c)
	}
	t.models.known.Store(&known)
}

func (m *models) of(name string) described {
	if known := m.known.Load(); known != nil {
		if d, ok := (*known)[name]; ok {
			return d
		}
	}
	return describe(llm.ModelConfig{Name: name, Model: name})
}

func describe(c llm.ModelConfig) described {
	d := described{span: spanChat + c.Model, attributes: []attribute.KeyValue{
		attrOperation.String(operationChat), attrRequestModel.String(c.Model),
	}}
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Hostname() == "" {
		return d
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		port = map[string]int{"http": 80, "https": 443}[u.Scheme]
	}
	d.attributes = append(d.attributes,
		attrProvider.String(providerOf(c.API, u.Hostname())), attrServer.String(u.Hostname()), attrServerPort.Int(port))
	return d
}

// providerOf names whose protocol a model speaks, by the conventions: what is said of a call is to be read so.
func providerOf(api llm.API, host string) string {
	switch api {
	case llm.Azure:
		return "azure.ai.openai"
	case llm.Anthropic:
		return "anthropic"
	}
	for _, p := range providers {
		if strings.HasSuffix(host, p.host) {
			return p.name
		}
	}
	return "openai"
}

// Observe returns an observer of chains that makes spans and metrics of calls and tells next.
func (t *Traces) Observe(next llm.Observer) llm.Observer {
	if t == nil {
		return next
	}
	return callObserver{next, t}
}

type callObserver struct {
	llm.Observer
	*Traces
}

// AttemptStarted begins the span of an attempt, under the turn's, or alone where it belongs to none.
func (o callObserver) AttemptStarted(ctx context.Context, model string, kind switchboard.AttemptKind) context.Context {
	ctx = o.Observer.AttemptStarted(ctx, model, kind)
	d := o.models.of(model)
	ctx, _ = o.tracer.Start(ctx, d.span, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(d.attributes...),
		trace.WithAttributes(attrModel.String(model), attrKind.String(kindName(kind)), attrStream.Bool(true), attrOutputType.String(outputText)))
	return ctx
}

// AttemptEnded ends the span.
func (o callObserver) AttemptEnded(ctx context.Context, a switchboard.Attempt) {
	o.Observer.AttemptEnded(ctx, a)
	span := trace.SpanFromContext(ctx)
	defer span.End()
	o.calls.record(ctx, o.models.of(a.Model), a)
	if !span.IsRecording() {
		return
	}
	span.SetAttributes(attrInputTokens.Int(a.InputTokens), attrOutputTokens.Int(a.OutputTokens), attrCost.Float64(a.Cost.USD()))
	if a.FirstToken > 0 {
		span.SetAttributes(attrFirstChunk.Float64(a.FirstToken.Seconds()))
	}
	if a.Finish != "" {
		span.SetAttributes(attrFinish.StringSlice([]string{a.Finish}))
	}
	if a.Outcome == string(llm.OK) {
		return
	}
	span.SetAttributes(attrErrorType.String(a.Outcome))
	if a.Outcome != string(llm.Cancelled) { // nobody waits for it any more, which is nobody's failure
		span.SetStatus(codes.Error, "")
	}
}

// AttemptSkipped notes on the span at hand that the model was passed over.
func (o callObserver) AttemptSkipped(ctx context.Context, model string, why llm.Skip) {
	o.Observer.AttemptSkipped(ctx, model, why)
	trace.SpanFromContext(ctx).AddEvent(eventSkipped, trace.WithAttributes(attrModel.String(model), attrWhy.String(string(why))))
}

// callMetrics are the metrics of calls of models by the conventions.
type callMetrics struct {
	duration, firstChunk metric.Float64Histogram
	tokens               metric.Int64Histogram
}

func newCallMetrics(m metric.Meter) (_ *callMetrics, err error) {
	c := &callMetrics{}
	if c.duration, err = m.Float64Histogram(metricDuration, metric.WithUnit("s"),
		metric.WithDescription("GenAI operation duration."), metric.WithExplicitBucketBoundaries(durationBuckets...)); err != nil {
		return nil, err
	}
	if c.firstChunk, err = m.Float64Histogram(metricFirstChunk, metric.WithUnit("s"),
		metric.WithDescription("Time to the first content."), metric.WithExplicitBucketBoundaries(firstChunkBuckets...)); err != nil {
		return nil, err
	}
	c.tokens, err = m.Int64Histogram(metricTokens, metric.WithUnit("{token}"),
		metric.WithDescription("Number of input and output tokens used."), metric.WithExplicitBucketBoundaries(tokenBuckets...))
	return c, err
}

func (c *callMetrics) record(ctx context.Context, d described, a switchboard.Attempt) {
	if c == nil {
		return
	}
	of := metric.WithAttributes(d.attributes...)
	how := of
	if a.Outcome != string(llm.OK) {
		how = metric.WithAttributes(append(d.attributes[:len(d.attributes):len(d.attributes)], attrErrorType.String(a.Outcome))...)
	}
	c.duration.Record(ctx, a.Total.Seconds(), how)
	if a.FirstToken > 0 {
		c.firstChunk.Record(ctx, a.FirstToken.Seconds(), how)
	}
	if a.InputTokens > 0 {
		c.tokens.Record(ctx, int64(a.InputTokens), of, metric.WithAttributes(attrTokenType.String(tokensInput)))
	}
	if a.OutputTokens > 0 {
		c.tokens.Record(ctx, int64(a.OutputTokens), of, metric.WithAttributes(attrTokenType.String(tokensOutput)))
	}
}
