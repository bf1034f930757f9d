// Package demo holds the demonstration knowledge base of Switchboard: the help
// centre of Vireo, a fictional telecom operator, as Markdown articles with YAML
// front matter. FACTS.md lists the figures the articles must agree with.
package demo

import "embed"

// Articles is the tree of demonstration articles, rooted at "articles".
//
//go:embed articles
var Articles embed.FS
