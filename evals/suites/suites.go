// Package suites holds the suite that ships with the program.
package suites

import "embed"

// Files are the suites.
//
//go:embed *.yaml
var Files embed.FS

// Demo is the name of the suite over the demo knowledge base.
const Demo = "demo.yaml"

// Hostile is the name of the suite of a hostile evening over the demo knowledge base.
const Hostile = "demo-hostile.yaml"
