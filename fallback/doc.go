// Package fallback decides what kind of reply a message deserves: an answer, a question back, small talk, a human, or an
// honest no.
//
// Read [Policy] first: a policy is loaded from a reviewed policy.yaml, compiled once, and asked three things in a turn.
// [Policy.Route] reads the message, [Policy.Judge] weighs what was found, [Policy.Decide] says what follows.
// [ScopeModel] is the classifier behind them and can be trained on its own. The package must not know HTTP, models,
// prompts or the knowledge base; passages come in as values.
package fallback
