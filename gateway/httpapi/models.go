package httpapi

import (
	"net/http"
	"strconv"

	"switchboard"
)

// What a turn says of the models that were called for it: headers of a reply in one piece, trailers of a stream, since
// its headers have left before the first model is called.
const (
	headerModel    = "X-Switchboard-Model"
	headerAttempts = "X-Switchboard-Attempts"
)

var modelTrailers = []string{headerModel + ", " + headerAttempts}

// promiseModels declares the trailers of a stream. It must be called before the stream's headers are sent.
func promiseModels(h http.Header) { h["Trailer"] = modelTrailers }

// tellModels says which model ended the reply, where one did, and how many calls of models were made for it.
func tellModels(h http.Header, a switchboard.Answer) {
	if a.Model != "" {
		h[headerModel] = []string{a.Model}
	}
	h[headerAttempts] = []string{strconv.Itoa(a.Attempts)}
}
