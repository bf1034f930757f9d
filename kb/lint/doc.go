// Package lint says what in a knowledge base is stale, double, contradicting or broken.
//
// Read [Check], [Finding] and [Options] first, then the table in rules.go: each rule is a row there and a file named
// after it. README.md lists the rules for the people who mend what they find.
//
// The package must not know HTTP, prompts, policies or models, nor how personal data or hidden instructions are told:
// whoever calls brings that as functions.
package lint
