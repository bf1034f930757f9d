// Command mkwidget writes dist/widget.js from the widget's sources. `go generate ./gateway/web` runs it.
package main

import (
	"fmt"
	"os"

	"switchboard/gateway/web/internal/bundle"
)

func main() {
	if err := run("widget", "dist/widget.js"); err != nil {
		fmt.Fprintln(os.Stderr, "mkwidget:", err)
		os.Exit(1)
	}
}

func run(sources, out string) error {
	script, err := bundle.Widget(sources)
	if err != nil {
		return err
	}
	if err := os.WriteFile(out, script, 0o644); err != nil {
		return fmt.Errorf("write the widget: %w", err)
	}
	return nil
}
