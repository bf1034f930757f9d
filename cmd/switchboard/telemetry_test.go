package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	metricsrpc "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	tracerpc "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"switchboard"
	"switchboard/gateway/llm/llmtest"
)

// collector receives OTLP over HTTP and keeps what it is sent.
type collector struct {
	*httptest.Server
	mu      sync.Mutex
	spans   []*trace.Span
	metrics map[string]*metrics.Metric
	words   strings.Builder // all that was sent
}

func newCollector(t *testing.T) *collector {
	c := &collector{metrics: map[string]*metrics.Metric{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := c.take(r); err != nil {
			t.Errorf("%s: %v", r.URL.Path, err)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *collector) take(r *http.Request) error {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			return err
		}
		body = unzipped
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.words.Write(raw)
	switch r.URL.Path {
	case "/v1/traces":
		var in tracerpc.ExportTraceServiceRequest
		if err := proto.Unmarshal(raw, &in); err != nil {
			return err
		}
		for _, resource := range in.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				c.spans = append(c.spans, scope.GetSpans()...)
			}
		}
	case "/v1/metrics":
		var in metricsrpc.ExportMetricsServiceRequest
		if err := proto.Unmarshal(raw, &in); err != nil {
			return err
		}
		for _, resource := range in.GetResourceMetrics() {
			for _, scope := range resource.GetScopeMetrics() {
				for _, m := range scope.GetMetrics() {
					c.metrics[m.GetName()] = m
				}
			}
		}
	default:
		return fmt.Errorf("nothing is received here")
	}
	return nil
}

// wait waits until what has been received is enough.
func (c *collector) wait(t *testing.T, enough func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		c.mu.Lock()
		done := enough()
		c.mu.Unlock()
		if done {
			return
		}
	}
	t.Fatalf("not received in time; spans: %v", c.names())
}

func (c *collector) names() (all []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.spans {
		all = append(all, s.GetName())
	}
	return all
}

// span returns the one span of a name.
func (c *collector) span(t *testing.T, name string) *trace.Span {
	t.Helper()
	var found []*trace.Span
	for _, s := range c.spans {
		if s.GetName() == name {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d spans %q among %d", len(found), name, len(c.spans))
	}
	return found[0]
}

func attributes(list []*common.KeyValue) map[string]string {
	out := map[string]string{}
	for _, a := range list {
		switch v := a.GetValue().GetValue().(type) {
		case *common.AnyValue_StringValue:
			out[a.GetKey()] = v.StringValue
		case *common.AnyValue_IntValue:
			out[a.GetKey()] = fmt.Sprint(v.IntValue)
		case *common.AnyValue_DoubleValue:
			out[a.GetKey()] = fmt.Sprint(v.DoubleValue)
		case *common.AnyValue_BoolValue:
			out[a.GetKey()] = fmt.Sprint(v.BoolValue)
		case *common.AnyValue_ArrayValue:
			for _, e := range v.ArrayValue.GetValues() {
				out[a.GetKey()] += e.GetStringValue() + ";"
			}
		}
	}
	return out
}

// forwarding stands before an upstream and keeps the headers of what it is asked.
func forwarding(t *testing.T, to string) (address string, headers func() []http.Header) {
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var all []http.Header
	proxy := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, r.In.Header.Clone())
		r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host
	}}
	srv := httptest.NewServer(proxy)
	t.Cleanup(srv.Close)
	return srv.URL + target.Path, func() []http.Header {
		mu.Lock()
		defer mu.Unlock()
		return all
	}
}

// A turn whose first model fails, as a stream, in the trace of the caller: each span where it belongs, with what the
// conventions ask for, and nothing that a customer or a model has said.
func TestTheSpansOfATurn(t *testing.T) {
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "50") // of the library, which asks the process's environment
	t.Setenv("OTEL_METRIC_EXPORT_INTERVAL", "100")
	c := newCollector(t)
	down, up := llmtest.NewServer(llmtest.Options{}), llmtest.NewServer(llmtest.Options{})
	defer down.Close()
	defer up.Close()
	down.Queue(llmtest.Fail(500), llmtest.Fail(500))
	up.Queue(llmtest.Stream(llmtest.Role(), llmtest.Tokens("A daily pass for Switzerland ", "costs €4.99 a day [1]."),
		llmtest.Finish("stop"), llmtest.Usage(321, 45), llmtest.Done()))
	backup, asked := forwarding(t, up.URL)
	s := serve(t, fmt.Sprintf(`
models:
  - {name: primary, base_url: %q, model: model-a}
  - {name: backup, base_url: %q, model: model-b, price: {input: 1, output: 2}}
telemetry: {otlp_endpoint: %q, sample: 0}
`, down.URL, backup, c.URL), nil)
	conversation := s.open()

	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" // sampled, whatever our own share is
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/v1/conversations/"+conversation.ID+"/messages",
		strings.NewReader(`{"text":"How much is roaming in Switzerland?"}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "Accept": "text/event-stream", "Authorization": "Bearer " + conversation.Token, "Traceparent": parent,
	} {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || !strings.Contains(string(body), "4.99") {
		t.Fatalf("%s, %v", body, err)
	}
	if res.Trailer.Get("X-Switchboard-Model") != "backup" || res.Trailer.Get("X-Switchboard-Attempts") != "2" {
		t.Errorf("trailers: %v", res.Trailer)
	}

	const request = "POST /v1/conversations/:id/messages"
	c.wait(t, func() bool {
		requestEnded := false
		for _, span := range c.spans {
			requestEnded = requestEnded || span.GetName() == request
		}
		return requestEnded && c.metrics["gen_ai.client.token.usage"] != nil
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.spans) != 7 {
		t.Errorf("%d spans", len(c.spans))
	}
	for _, want := range []struct {
		name, under string
		kind        trace.Span_SpanKind
		status      trace.Status_StatusCode
		attributes  map[string]string
	}{
		{name: request, kind: trace.Span_SPAN_KIND_SERVER, attributes: map[string]string{
			"http.request.method": "POST", "http.route": "/v1/conversations/:id/messages", "http.response.status_code": "200",
		}},
		{name: "switchboard.turn", under: request, attributes: map[string]string{
			"switchboard.conversation_id": conversation.ID, "switchboard.action": "answer", "switchboard.reason": "grounded",
			"switchboard.model": "backup", "switchboard.attempts": "2", "switchboard.cost_usd": "0.000411",
		}},
		{name: "switchboard.retrieve", under: "switchboard.turn"},
		{name: "switchboard.generate", under: "switchboard.turn"},
		{name: "switchboard.record", under: "switchboard.turn"},
		{
			name: "chat model-a", under: "switchboard.generate", kind: trace.Span_SPAN_KIND_CLIENT, status: trace.Status_STATUS_CODE_ERROR,
			attributes: map[string]string{
				"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "model-a", "error.type": "server_error",
				"server.address": "127.0.0.1", "switchboard.model": "primary", "switchboard.attempt.kind": "first",
			},
		},
		{
			name: "chat model-b", under: "switchboard.generate", kind: trace.Span_SPAN_KIND_CLIENT,
			attributes: map[string]string{
				"gen_ai.operation.name": "chat", "gen_ai.request.model": "model-b", "gen_ai.response.finish_reasons": "stop;",
				"gen_ai.usage.input_tokens": "321", "gen_ai.usage.output_tokens": "45", "gen_ai.request.stream": "true",
				"error.type": "", "switchboard.attempt.kind": "failover", "switchboard.cost_usd": "0.000411",
			},
		},
	} {
		got := c.span(t, want.name)
		above := "b7ad6b7169203331"
		if want.under != "" {
			above = fmt.Sprintf("%x", c.span(t, want.under).GetSpanId())
		}
		if fmt.Sprintf("%x", got.GetTraceId()) != "0af7651916cd43dd8448eb211c80319c" || fmt.Sprintf("%x", got.GetParentSpanId()) != above {
			t.Errorf("%s is not under %s", want.name, want.under)
		}
		if want.kind != 0 && got.GetKind() != want.kind || got.GetStatus().GetCode() != want.status {
			t.Errorf("%s: kind %v, status %v", want.name, got.GetKind(), got.GetStatus())
		}
		have := attributes(got.GetAttributes())
		for key, value := range want.attributes {
			if have[key] != value {
				t.Errorf("%s: %s is %q, want %q", want.name, key, have[key], value)
			}
		}
		if want.name == "chat model-b" && have["gen_ai.response.time_to_first_chunk"] == "" {
			t.Error("the first token's time is not told")
		}
	}
	calls := c.metrics["gen_ai.client.operation.duration"].GetHistogram().GetDataPoints()
	byError := map[string]uint64{}
	for _, p := range calls {
		byError[attributes(p.GetAttributes())["error.type"]] += p.GetCount()
	}
	if byError[""] != 1 || byError["server_error"] != 1 {
		t.Errorf("durations of calls: %v", byError)
	}
	for _, p := range c.metrics["gen_ai.client.token.usage"].GetHistogram().GetDataPoints() {
		a := attributes(p.GetAttributes())
		if want := map[string]float64{"input": 321, "output": 45}[a["gen_ai.token.type"]]; p.GetSum() != want {
			t.Errorf("tokens %v: %v, want %v", a, p.GetSum(), want)
		}
	}
	for _, said := range []string{"Switzerland", "roaming", "daily pass", conversation.Token} {
		if strings.Contains(c.words.String(), said) {
			t.Errorf("the collector was sent %q", said)
		}
	}
	for _, h := range asked() {
		if h.Get("Traceparent") != "" {
			t.Error("the model's provider was sent a traceparent")
		}
	}
}

// With a collector that takes connections and never answers, turns are answered and the server stops.
func TestADeadCollectorHoldsNobodyUp(t *testing.T) {
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "1")
	t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "4")
	t.Setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2")
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() }) // after the server has stopped
	s := serve(t, "", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://" + silent.Addr().String()})
	for range 20 { // each has more spans than the queue has room
		if a := s.ask(s.open(), "How much is roaming in Switzerland?"); a.Action != switchboard.ActionAnswer {
			t.Fatalf("got %+v", a)
		}
	}
}
