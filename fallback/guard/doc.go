// Package guard checks one sentence of a reply before a customer may see it.
//
// Read [Draft], [Verdict] and [Check] first; each guard is one file with one row in the table of guard.go. Guards are
// deterministic, look only at the draft, and never change the sentence. The package knows no model, no prompt and no
// policy: limits come in with the draft.
package guard
