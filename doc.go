// Package switchboard is the vocabulary of a support chatbot gateway: conversations and turns, passages and
// citations, actions and their reasons, releases, and the kinds of error that callers can tell apart.
//
// Read [Turn], [Answer] and [Action] first. The package does no I/O, keeps no state and imports nothing of the
// project; every other package speaks in these words.
package switchboard
