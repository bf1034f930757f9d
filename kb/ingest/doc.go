// Package ingest reads documents for the knowledge base out of files: Markdown with YAML front matter, HTML, plain
// text, PDF, DOCX, CSV, JSONL, the JSON that help centres export, and zips of all of these.
//
// Read [Read], [Source] and [Result] first. What cannot be read is set aside with its reason, and the rest goes on.
// Files are foreign: sizes are counted while reading, never believed, and what no reader of a page can see is left out
// and told ([Flagged], with the rules of package hidden). The package must not know how documents are cut, indexed or
// searched, and it fetches nothing.
package ingest
