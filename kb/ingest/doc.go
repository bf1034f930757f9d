// Package ingest reads documents for the knowledge base out of files: Markdown with YAML front matter, HTML, plain
// text, CSV and JSONL.
//
// Read [Read], [Source] and [Rejected] first. What cannot be read is set aside with its reason, and the rest goes on.
// The package must not know how documents are cut, indexed or searched, and it fetches nothing.
package ingest
