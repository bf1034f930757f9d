package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"switchboard/gateway/telemetry"
)

// flushWithin bounds the wait for the collector when the server stops.
const flushWithin = 3 * time.Second

// signalsConfig says where traces and metrics are sent. OpenTelemetry's own environment variables say the rest.
type signalsConfig struct {
	Endpoint string   `yaml:"otlp_endpoint"` // of a collector, for OTLP over HTTP; "" is what the environment says
	Sample   *float64 `yaml:"sample"`        // share of the traces that begin here; nil is what the environment says, or all
}

func (t signalsConfig) check(bad func(string, string, ...any)) {
	if t.Endpoint != "" && !isHTTP(t.Endpoint) {
		bad("telemetry.otlp_endpoint", "must be an http or https address, such as http://127.0.0.1:4318")
	}
	if t.Sample != nil && !(*t.Sample >= 0 && *t.Sample <= 1) {
		bad("telemetry.sample", "must be a share from 0 to 1")
	}
}

// start begins to export, where a collector is named.
func (t signalsConfig) start(ctx context.Context, getenv func(string) string, log *slog.Logger) (*telemetry.Traces, error) {
	traces, err := telemetry.Start(ctx, telemetry.Export{
		Endpoint: t.Endpoint, Sample: t.Sample, Version: version, Getenv: getenv, Log: log,
	})
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	return traces, nil
}

// closeTraces sends what waits to the collector, for a moment.
func closeTraces(ctx context.Context, traces *telemetry.Traces, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushWithin)
	defer cancel()
	if err := traces.Close(ctx); err != nil {
		log.Warn("not all of the telemetry was sent", "error", err)
	}
}
