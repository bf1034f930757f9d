// Package telemetry holds the metrics that the gateway exports and the logger that it writes to: one table of names.
//
// Read [Metrics] first. The package knows the words of the product and of its chains of models, and nothing of who
// serves what. Labels never carry a customer's text or id.
package telemetry

import (
	"io"
	"log/slog"
)

// Logger writes JSON lines to w, or text where it is for a terminal.
func Logger(w io.Writer, terminal bool, level slog.Level) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if terminal {
		return slog.New(slog.NewTextHandler(w, o))
	}
	return slog.New(slog.NewJSONHandler(w, o))
}
