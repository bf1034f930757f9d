// Package llm gets a reply out of language models: one model over the OpenAI wire protocol, and the chain that goes on
// to the next when one fails.
//
// Read [Completer], [Request] and [Class] first: a completer streams text to a callback, and whatever may go wrong on
// the way is one of a few classes, each with what to do about it. [Model] is one upstream; transport.go and events.go
// mend what its client library leaves to chance. [Chain] is the ordered list of models with their circuit breakers.
// [Extractive] quotes the passages and needs no network; a chain can end with it, or its caller asks it.
//
// The package does not know where passages come from, what a prompt looks like, or what becomes of the text.
package llm
