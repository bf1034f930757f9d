// Package altered measures the guards: it takes true sentences out of a knowledge base, says them in other words, and
// makes them false one fact at a time.
//
// Read [Measure] and [Report] first; ways.go lists the ways to make a sentence false, forms.go the ways to say it
// otherwise, a row each. All of it follows from a seed. The package knows no model: what the guards see is what they
// see of a model's reply, a sentence and the passages that were found for it.
package altered
