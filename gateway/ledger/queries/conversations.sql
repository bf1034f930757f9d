-- Parameters appear in the order of their numbers: SQLite numbers them by first appearance.

-- name: InsertConversation :execrows
INSERT INTO conversations (id, locale, audiences, context, disclosure, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING;

-- TouchConversation comes first in every transaction that writes under a conversation: it locks the row, so that
-- nothing can be added to a conversation while it is erased.
-- name: TouchConversation :execrows
UPDATE conversations SET updated_at = $1 WHERE id = $2 AND erased_at = 0;

-- name: GetConversation :one
SELECT * FROM conversations WHERE id = $1;

-- name: ListConversations :many
SELECT c.id, c.locale, c.created_at, c.updated_at,
       (SELECT COUNT(*) FROM turns t WHERE t.conversation_id = c.id) AS turn_count,
       CAST(COALESCE((SELECT t.question FROM turns t WHERE t.conversation_id = c.id
                      ORDER BY t.started_at DESC, t.id DESC LIMIT 1), '') AS TEXT) AS last_question,
       CAST(COALESCE((SELECT t.action FROM turns t WHERE t.conversation_id = c.id
                      ORDER BY t.started_at DESC, t.id DESC LIMIT 1), '') AS TEXT) AS last_action,
       CAST(COALESCE((SELECT t.reason FROM turns t WHERE t.conversation_id = c.id
                      ORDER BY t.started_at DESC, t.id DESC LIMIT 1), '') AS TEXT) AS last_reason,
       CAST(COALESCE((SELECT h.state FROM handoffs h WHERE h.conversation_id = c.id
                      ORDER BY h.created_at DESC, h.reference DESC LIMIT 1), '') AS TEXT) AS handoff_state,
       CAST(COALESCE((SELECT h.reference FROM handoffs h WHERE h.conversation_id = c.id
                      ORDER BY h.created_at DESC, h.reference DESC LIMIT 1), '') AS TEXT) AS handoff_reference,
       (SELECT COUNT(*) FROM feedback f WHERE f.conversation_id = c.id AND f.rating = 'up') AS ups,
       (SELECT COUNT(*) FROM feedback f WHERE f.conversation_id = c.id AND f.rating = 'down') AS downs,
       CAST(COALESCE((SELECT s.score FROM csat s WHERE s.conversation_id = c.id), 0) AS BIGINT) AS csat_score
FROM conversations c
WHERE c.erased_at = 0
  AND c.created_at >= sqlc.arg(since)
  AND c.created_at < sqlc.arg(until)
  AND (CAST(sqlc.arg(action) AS TEXT) = ''
       OR EXISTS (SELECT 1 FROM turns t WHERE t.conversation_id = c.id AND t.action = sqlc.arg(action)))
  AND (CAST(sqlc.arg(reason) AS TEXT) = ''
       OR EXISTS (SELECT 1 FROM turns t WHERE t.conversation_id = c.id AND t.reason = sqlc.arg(reason)))
  AND (c.created_at < sqlc.arg(before_at) OR (c.created_at = sqlc.arg(before_at) AND c.id < sqlc.arg(before_id)))
ORDER BY c.created_at DESC, c.id DESC
LIMIT sqlc.arg(max_rows);

-- name: EraseConversation :execrows
UPDATE conversations
SET locale = '', audiences = '[]', context = '{}', disclosure = '', updated_at = $1, erased_at = $1
WHERE id = $2 AND erased_at = 0;

-- name: SetReceipt :exec
UPDATE conversations SET receipt = $1 WHERE id = $2;

-- name: EraseTurns :execrows
DELETE FROM turns WHERE conversation_id = $1;

-- name: EraseFeedback :execrows
DELETE FROM feedback WHERE conversation_id = $1;

-- name: EraseCSAT :execrows
DELETE FROM csat WHERE conversation_id = $1;

-- name: EraseHandoffs :execrows
DELETE FROM handoffs WHERE conversation_id = $1;

-- name: EraseOutbox :execrows
DELETE FROM outbox WHERE conversation_id = $1;
