// Package gaps finds what the knowledge base could not answer: groups of questions that mean the same, with why each was
// not answered.
//
// Read [Gap] first, then [Find], which makes gaps of questions, and [Desk], where managers work on them until they are
// closed with proof. Grouping needs no model and gives the same gaps for the same questions on any machine. The package
// must not know HTTP, the ledger, the knowledge base or how a turn goes; all of them come in as small interfaces.
package gaps
