// Package evals measures what the bot says: it runs the cases of a suite against a target and scores the replies.
//
// Read [Suite], [Target], [Run] and [Report] first; [Load] reads suite files. The package calls the same Respond that
// HTTP does, or a gateway's URL, so what is measured is what is served. It runs no code that a suite brings along, and
// it does not know how a gateway is put together: it is given one. Reports are written by its sub-package report.
package evals
