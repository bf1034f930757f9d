// Package kb is the knowledge base: documents, the passages they are cut into, and immutable snapshots of both that
// can be searched.
//
// Read [Document], [Query] and [Snapshot] first, then [Store], which keeps snapshots on disk as lists of segments that
// they share. A snapshot is named by the hash of its content: the same documents have the same id on any machine.
// Ranking is BM25F (rank.go) over postings that bleve's scorch keeps, pruned (topk.go); nothing of bleve shows outside.
//
// The package must not know HTTP, prompts, policies or models, nor what a conversation is.
package kb
