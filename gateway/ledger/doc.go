// Package ledger keeps what must not be lost: conversations and their turns, feedback, handoff requests with the queue
// of their delivery, releases, keys and the audit trail, in SQLite or PostgreSQL.
//
// Read [Open], [Ledger.Record] and [Ledger.RequestHandoff] first. Both databases run the same migrations (migrations/)
// and the same statements (queries/, from which sqlc generates internal/query). The package imports the root only: it
// knows neither the gateway nor HTTP, and it decides nothing about a turn.
package ledger
