// Package llm gets a reply out of language models: one model over its wire protocol, and the chain that goes on to the
// next when one fails.
//
// Read [Completer], [Request] and [Class] first: a completer streams text to a callback, and whatever may go wrong on
// the way is one of a few classes, each with what to do about it. [Model] is one upstream; openai.go and anthropic.go are the
// protocols, transport.go, events.go and watchdog.go what no upstream can do to us. [Chain] is the ordered list of models with their circuit breakers.
// [Extractive] quotes the passages and needs no network; a chain can end with it, or its caller asks it.
//
// The package does not know where passages come from, what a prompt looks like, or what becomes of the text.
package llm
