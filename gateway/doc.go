// Package gateway is the turn: from a customer's question to a recorded answer.
//
// Read [Gateway.Respond] first; it is the story of a turn in eight steps, and nothing else in the project orchestrates
// one. [Runtime] is what a release needs in order to serve, pinned for the length of a turn; [Journal] and [Retriever]
// state what the gateway needs of others. verify.go lets the stream out sentence by sentence. The package knows
// nothing of HTTP, of SQL or of any model's wire format.
package gateway
