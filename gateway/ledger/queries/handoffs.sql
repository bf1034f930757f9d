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

-- name: InsertOutbox :exec
INSERT INTO outbox (id, conversation_id, payload, state, attempts, due_at, last_error, created_at, finished_at)
VALUES ($1, $2, $3, 'pending', 0, $4, '', $5, 0);

-- The predicate stands twice on purpose. PostgreSQL may choose the rows, wait for another claimant's transaction and
-- then check the outer WHERE alone against the rows as they are by then: without it both would have them.
-- name: ClaimOutbox :many
UPDATE outbox SET attempts = attempts + 1, due_at = sqlc.arg(lease_end)
WHERE id IN (SELECT o.id FROM outbox o WHERE o.state = 'pending' AND o.due_at <= sqlc.arg(due_by)
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
UPDATE outbox SET state = 'pending', due_at = $1, finished_at = 0 WHERE id = $2 AND state = 'dead';

-- name: OutboxFail :execrows
UPDATE outbox SET state = 'dead', last_error = $1, finished_at = $2 WHERE id = $3 AND state = 'pending';

-- name: OutboxPending :one
SELECT COUNT(*) FROM outbox WHERE state = 'pending';
