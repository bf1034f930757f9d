package telemetry

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"switchboard"
	"switchboard/gateway/llm"
)

// Where each signal goes is for the configuration to say, then for OpenTelemetry's variables.
func TestWhereSignalsGo(t *testing.T) {
	const base, signal = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	for name, tt := range map[string]struct {
		configured      string
		env             map[string]string
		traces, metrics string
	}{
		"nothing":          {},
		"configured":       {configured: "http://a:4318/", traces: "http://a:4318/v1/traces", metrics: "http://a:4318/v1/metrics"},
		"variable":         {env: map[string]string{base: "http://b/x"}, traces: "http://b/x/v1/traces", metrics: "http://b/x/v1/metrics"},
		"configured first": {configured: "http://a", env: map[string]string{base: "http://b"}, traces: "http://a/v1/traces", metrics: "http://a/v1/metrics"},
		"one signal":       {env: map[string]string{signal: "http://c/spans"}, traces: "http://c/spans"},
		"signal and all": {
			env: map[string]string{signal: "http://c/spans", base: "http://b"}, traces: "http://c/spans", metrics: "http://b/v1/metrics",
		},
		"no metrics": {configured: "http://a", env: map[string]string{"OTEL_METRICS_EXPORTER": "none"}, traces: "http://a/v1/traces"},
		"disabled":   {configured: "http://a", env: map[string]string{"OTEL_SDK_DISABLED": "true"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := Export{Endpoint: tt.configured, Getenv: func(k string) string { return tt.env[k] }, Log: slog.New(slog.DiscardHandler)}
			if got := e.endpoint("TRACES"); got != tt.traces {
				t.Errorf("traces go to %q, want %q", got, tt.traces)
			}
			if got := e.endpoint("METRICS"); got != tt.metrics {
				t.Errorf("metrics go to %q, want %q", got, tt.metrics)
			}
			started, err := Start(t.Context(), e)
			if err != nil || (started != nil) != (tt.traces+tt.metrics != "") {
				t.Errorf("started %v, %v", started, err)
			}
		})
	}
}

// Traces that are off cost no allocation.
func TestNoTracesCostNothing(t *testing.T) {
	var off *Traces
	ctx, r, m := t.Context(), httptest.NewRequest("POST", "/v1/chat/completions", nil), New(func() float64 { return 0 })
	m.AttemptEnded(ctx, switchboard.Attempt{Model: "m"})
	allocated := testing.AllocsPerRun(100, func() {
		_, overRequest := off.Request(r, "/v1/chat/completions", "POST")
		ctx, overTurn := off.Turn(ctx)
		ctx, overStage := off.Stage(ctx, "record")
		o := off.Observe(m)
		o.AttemptEnded(o.AttemptStarted(ctx, "m", switchboard.AttemptFirst), switchboard.Attempt{Model: "m"})
		overStage()
		overTurn(switchboard.Answer{}, nil)
		overRequest(200)
	})
	if allocated != 0 {
		t.Errorf("%v allocations", allocated)
	}
}

func TestProviders(t *testing.T) {
	for api, want := range map[llm.API]string{llm.Azure: "azure.ai.openai", llm.Anthropic: "anthropic", llm.OpenAI: "openai", "": "openai"} {
		if got := providerOf(api, "models.example"); got != want {
			t.Errorf("%s: %q, want %q", api, got, want)
		}
	}
	for base, want := range map[string]string{
		"https://api.openai.com/v1": "openai", "https://x.openai.azure.com/openai": "azure.ai.openai", "https://api.anthropic.com": "anthropic",
		"http://127.0.0.1:8000/v1": "openai", "https://api.mistral.ai/v1": "mistral_ai", "https://bedrock-runtime.eu-west-1.amazonaws.com": "aws.bedrock",
	} {
		got := ""
		for _, a := range describe(llm.ModelConfig{Name: "m", Model: "x", BaseURL: base}).attributes {
			if a.Key == attrProvider {
				got = a.Value.AsString()
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", base, got, want)
		}
	}
}

func TestLinesOfALogSayTheirTrace(t *testing.T) {
	var b bytes.Buffer
	log := Logger(&b, false, slog.LevelInfo)
	log.InfoContext(t.Context(), "no trace")
	c := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	ctx := trace.ContextWithSpanContext(t.Context(), c)
	log.With("a", 1).InfoContext(ctx, "in a trace")
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if strings.Contains(lines[0], "trace_id") {
		t.Errorf("a trace out of nothing: %s", lines[0])
	}
	for _, want := range []string{`"a":1`, `"trace_id":"01000000000000000000000000000000"`, `"span_id":"0200000000000000"`} {
		if !strings.Contains(lines[1], want) {
			t.Errorf("no %s in %s", want, lines[1])
		}
	}
}

// discard takes spans and does nothing with them.
type discard struct{}

func (discard) ExportSpans(context.Context, []sdk.ReadOnlySpan) error { return nil }
func (discard) Shutdown(context.Context) error                        { return nil }

// What the spans of a turn cost where all are kept: a request, the turn, three stages and one call.
func BenchmarkSpansOfATurn(b *testing.B) {
	provider := sdk.NewTracerProvider(sdk.WithBatcher(discard{}))
	defer provider.Shutdown(b.Context()) //nolint:errcheck // it sends nothing
	t := &Traces{tracer: provider.Tracer(scopeName)}
	t.Models([]llm.ModelConfig{{Name: "m", Model: "x", BaseURL: "https://api.openai.com/v1"}})
	r, o := httptest.NewRequest("POST", "/v1/chat/completions", nil), t.Observe(New(func() float64 { return 0 }))
	b.ReportAllocs()
	for range b.N {
		ctx, overRequest := t.Request(r, "/v1/chat/completions", "POST")
		ctx, overTurn := t.Turn(ctx)
		for _, stage := range []string{"retrieve", "generate", "record"} {
			in, over := t.Stage(ctx, stage)
			if stage == "generate" {
				in = o.AttemptStarted(in, "m", switchboard.AttemptFirst)
				o.AttemptEnded(in, switchboard.Attempt{Model: "m", Outcome: "ok", InputTokens: 900, OutputTokens: 80, Finish: "stop"})
			}
			over()
		}
		overTurn(switchboard.Answer{ID: "msg_1", ConversationID: "conv_1"}, nil)
		overRequest(200)
	}
}
