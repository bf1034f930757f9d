// Package quote answers a question with the words of passages that were found for it.
//
// Read [Compose] first. ask.go reads the question, read.go cuts passages into what can be quoted (sentences, lists and
// table rows), score.go ranks those, and compose.go puts a reply together. It is lexical throughout and knows English
// and Spanish; a question in another language is answered by its words alone. The package knows no model and no network.
package quote
