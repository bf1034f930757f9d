// Package web is what browsers load: the chat widget and the demo page that shows it, embedded.
//
// Read [Site] first; it serves the files. The widget is TypeScript under widget/, bundled into dist/widget.js by
// `go generate ./gateway/web`; a test fails where the bundle is older than its sources. The package knows the paths and
// headers of its own files and nothing of conversations: the widget speaks to the gateway over HTTP like any client.
package web

//go:generate go run ./internal/mkwidget
