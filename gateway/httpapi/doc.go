// Package httpapi is the gateway's HTTP face: routes, who may use them, limits, streams and errors.
//
// Read [Config] first, then the table in routes.go: each route is one row with the access that it needs and its
// handler. A handler decodes, makes one call of [Bot] and encodes. The package knows HTTP, the UI message stream
// protocol and OpenAI's wire format; it does not know how an answer comes about, nor where anything is stored.
package httpapi
