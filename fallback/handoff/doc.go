// Package handoff delivers recorded requests for a human to the support team's system: a webhook that is signed by the
// Standard Webhooks scheme (standardwebhooks.com).
//
// Read [Dispatcher] first, then [Outbox], which states what it needs of the ledger. A request is recorded before the
// package hears of it, so nothing here can lose one; a human is promised only once the other side has answered with a
// 2xx status. The package imports the root only: it knows neither SQL nor the gateway.
package handoff
