// Package analysis turns text into the terms that are indexed and searched, each language by its own rules.
//
// Read [Analyser] and [Term] first, then the table in languages.go, which says what is done to the words of each
// language, and [Synonyms].
//
// The package must not know documents, passages, indexes or ranking.
package analysis
