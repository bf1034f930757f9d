// Package embed asks outside models about texts: for vectors that say what they mean, and for an order by how well they
// answer a question.
//
// Read [Embedder], [Cached] and [Reranker] first. The first speaks OpenAI's embeddings protocol, the last the rerank
// protocol that Cohere, Jina and others share. Errors are of type [*Error]; neither they nor anything else here quotes
// a text, a key or what an upstream said.
//
// The package must not know documents, passages, snapshots or how anything is ranked.
package embed
