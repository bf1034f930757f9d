-- name: InsertHandoff :execrows
INSERT INTO handoffs (reference, conversation_id, state, reason, locale, contact, note, summary, transcript,
                      created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT DO NOTHING;

-- name: GetHandoff :one
SELECT * FROM handoffs WHERE reference = $1;

-- name: OpenHandoff :many
SELECT * FROM handoffs WHERE conversation_id = $1 AND state IN ('requested', 'acknowledged');

-- name: LatestHandoff :many
SELECT * FROM handoffs WHERE conversation_id = $1 ORDER BY created_at DESC, reference DESC LIMIT 1;

-- name: ListHandoffs :many
SELECT * FROM handoffs
WHERE created_at >= sqlc.arg(since)
  AND (CAST(sqlc.arg(state) AS TEXT) = '' OR state = sqlc.arg(state))
  AND (created_at < sqlc.arg(before_at) OR (created_at = sqlc.arg(before_at) AND reference < sqlc.arg(before_reference)))
ORDER BY created_at DESC, reference DESC
LIMIT sqlc.arg(max_rows);

-- name: SetHandoffState :execrows
UPDATE handoffs SET state = $1, updated_at = $2 WHERE reference = $3 AND state <> $1;

-- What is over stays over: an answer that comes late acknowledges nothing.
-- name: AcknowledgeHandoff :execrows
UPDATE handoffs SET state = 'acknowledged', updated_at = $1 WHERE reference = $2 AND state IN ('requested', 'failed');

-- name: InsertOutbox :exec
INSERT INTO outbox (id, conversation_id, payload, state, attempts, due_at, last_error, created_at, finished_at, reference, kind, target)
VALUES ($1, $2, $3, 'pending', 0, $4, '', $5, 0, $6, $7, $8) ON CONFLICT DO NOTHING;

-- What a customer writes to a person is delivered in order, after the request: a message waits for what is before it.
-- The predicate stands twice on purpose. PostgreSQL may choose the rows, wait for another claimant's transaction and
-- then check the outer WHERE alone against the rows as they are by then: without it both would have them.
-- name: ClaimOutbox :many
UPDATE outbox SET attempts = attempts + 1, due_at = sqlc.arg(lease_end)
WHERE id IN (SELECT o.id FROM outbox o WHERE o.state = 'pending' AND o.due_at <= sqlc.arg(due_by)
               AND (o.kind <> 'message' OR NOT EXISTS (
                 SELECT 1 FROM outbox b WHERE b.reference = o.reference AND b.state = 'pending' AND b.kind <> 'notice'
                   AND (b.created_at < o.created_at OR (b.created_at = o.created_at AND b.id < o.id))))
             ORDER BY o.due_at, o.id LIMIT sqlc.arg(max_rows))
  AND state = 'pending' AND due_at <= sqlc.arg(due_by)
RETURNING *;

-- name: ClaimOutboxRow :many
UPDATE outbox SET attempts = attempts + 1, due_at = sqlc.arg(lease_end)
WHERE id = sqlc.arg(id) AND state = 'pending' AND due_at <= sqlc.arg(due_by)
RETURNING *;

-- name: OutboxDone :execrows
UPDATE outbox SET state = 'done', payload = '', last_error = '', finished_at = $1 WHERE id = $2 AND state <> 'done';

-- name: OutboxRetry :execrows
UPDATE outbox SET due_at = $1, last_error = $2 WHERE id = $3 AND attempts = $4 AND state = 'pending';

-- name: OutboxDead :execrows
UPDATE outbox SET state = 'dead', last_error = $1, finished_at = $2 WHERE id = $3 AND attempts = $4 AND state = 'pending';

-- name: OutboxReopen :execrows
UPDATE outbox SET state = 'pending', due_at = $1, finished_at = 0, created_at = $1
WHERE (id = $2 OR reference = $2) AND state = 'dead';

-- name: OutboxFail :execrows
UPDATE outbox SET state = 'dead', last_error = $1, finished_at = $2 WHERE id = $3 AND state = 'pending';

-- name: OutboxPending :one
SELECT COUNT(*) FROM outbox WHERE state = 'pending';

-- name: DeliveriesOf :many
SELECT id, kind, target, state, attempts, due_at, last_error, finished_at FROM outbox
WHERE id = sqlc.arg(reference) OR reference = sqlc.arg(reference) ORDER BY created_at, id;

-- name: DropDeliveries :execrows
UPDATE outbox SET state = 'done', payload = '', finished_at = $1 WHERE reference = $2 AND state = 'pending' AND kind <> 'notice';

-- name: HandoffTold :execrows
UPDATE handoffs SET ticket = sqlc.arg(ticket),
  queue_position = sqlc.arg(queue_position), eta_seconds = sqlc.arg(eta_seconds), updated_at = sqlc.arg(updated_at)
WHERE reference = sqlc.arg(reference);

-- name: HandoffAccepted :execrows
UPDATE handoffs SET accepted_at = CASE WHEN accepted_at = 0 THEN $1 ELSE accepted_at END, state = 'acknowledged',
  queue_position = 0, eta_seconds = 0, updated_at = $1
WHERE reference = $2 AND state IN ('requested', 'acknowledged', 'failed');

-- name: HandoffByTicket :many
SELECT reference FROM handoffs WHERE ticket = $1 ORDER BY created_at DESC LIMIT 1;

-- name: InsertAgentLine :execrows
INSERT INTO agent_lines (id, conversation_id, reference, text, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING;

-- name: AgentLines :many
SELECT * FROM agent_lines WHERE conversation_id = $1 ORDER BY created_at, id;

-- name: EraseAgentLines :execrows
DELETE FROM agent_lines WHERE conversation_id = $1;

-- name: InsertInbound :execrows
INSERT INTO inbound_events (id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: ForgetInbound :execrows
DELETE FROM inbound_events WHERE created_at < $1;
