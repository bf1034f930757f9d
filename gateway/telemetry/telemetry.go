// Package telemetry holds the signals of the gateway: metrics, traces and log lines, with one table of their names each.
//
// Read [Metrics] first, then [Traces]. The package knows the words of the product and of its chains of models, and nothing of who
// serves what. Labels never carry a customer's text or id.
package telemetry

import (
	"io"
	"log/slog"
)

// Logger writes JSON lines to w, or text where it is for a terminal. A line that belongs to a trace says to which.
func Logger(w io.Writer, terminal bool, level slog.Level) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if terminal {
		return slog.New(traced{slog.NewTextHandler(w, o)})
	}
	return slog.New(traced{slog.NewJSONHandler(w, o)})
}
