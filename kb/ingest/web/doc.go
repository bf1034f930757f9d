// Package web fetches the pages of a help centre, one address or all that a sitemap lists, as files that kb/ingest reads.
//
// Read [Fetcher], [Options] and [Report] first. Addresses are checked when they are dialled, not when they are named,
// so that no name, redirect or sitemap leads into a network that was not allowed. The package must not know what
// documents are: it hands on bytes, what kind they are of and where they came from.
package web
