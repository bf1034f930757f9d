// Package embedtest is a stub of the outside models that embed asks, over a socket: OpenAI's /v1/embeddings and
// /v1/rerank, well-behaved or faulty as a test wants.
//
// Read [NewServer] and [Fault] first. Its vectors are made of the words of a text ([Vector]), so that texts which share
// words are near each other and nothing else is. It must not know who calls it.
package embedtest
