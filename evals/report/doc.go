// Package report writes what a run found: a table for terminals, promptfoo's results JSON, JUnit XML, and one HTML page
// that needs nothing else.
//
// Each writer is a function of an [evals.Report] and a writer, and names the release. The package computes nothing but
// how things are shown.
package report
