// Package llm gets a reply out of language models: one model over its wire protocol, and the chain that goes on to the
// next when one fails.
//
// Read [Completer], [Request] and [Class] (llm.go, outcome.go) first: a completer streams text to a callback, and whatever
// may go wrong on the way is one of a few classes, each with what to do about it. Then, in the order in which it happens:
//
//   - chain.go: a request goes through the steps of a [Chain]; balance.go orders the equals of a step;
//   - who may be asked: breaker.go, bulkhead.go, spend.go (budgets); share.go bounds the extra calls;
//   - member.go: one call, and what it tells everybody who keeps count; pace.go knows how long a model takes to begin,
//     hedge.go races one that takes longer;
//   - model.go: one upstream. openai.go and anthropic.go are the protocols; transport.go, events.go, scan.go and watchdog.go are
//     what no upstream can do to us; classify.go says what an error means;
//   - seam.go: the next model goes on where one broke off; probe.go: whether that one is back;
//   - extractive.go quotes the passages and needs no network; a chain can end with it, or its caller asks it.
//
// The package does not know where passages come from, what a prompt looks like, or what becomes of the text.
package llm
