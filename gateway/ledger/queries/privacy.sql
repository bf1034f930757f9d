-- Parameters appear in the order of their numbers: SQLite numbers them by first appearance.

-- name: ErasedSince :many
SELECT id, erased_at FROM conversations
WHERE erased_at <> 0 AND erased_at >= sqlc.arg(since) ORDER BY erased_at, id LIMIT sqlc.arg(max_rows);

-- RipeConversations are those that nobody has touched since a time, oldest first.
-- name: RipeConversations :many
SELECT id, created_at FROM conversations
WHERE created_at < sqlc.arg(before) AND updated_at < sqlc.arg(before) AND erased_at = 0
  AND (created_at > sqlc.arg(after_at) OR (created_at = sqlc.arg(after_at) AND id > sqlc.arg(after_id)))
ORDER BY created_at, id LIMIT sqlc.arg(max_rows);

-- name: CountRipeConversations :one
SELECT COUNT(*) FROM conversations WHERE created_at < sqlc.arg(before) AND updated_at < sqlc.arg(before) AND erased_at = 0;

-- OldestActive is when the first conversation was opened that is old and still in use.
-- name: OldestActive :one
SELECT CAST(COALESCE(MIN(created_at), sqlc.arg(none)) AS BIGINT) AS created_at FROM conversations
WHERE created_at >= sqlc.arg(since) AND created_at < sqlc.arg(before) AND updated_at >= sqlc.arg(before) AND erased_at = 0;

-- name: DeleteConversation :execrows
DELETE FROM conversations WHERE id = sqlc.arg(id) AND updated_at < sqlc.arg(before) AND erased_at = 0;

-- name: ForgetDetails :execrows
UPDATE turns SET passages = '', checks = '' WHERE conversation_id = $1 AND (passages <> '' OR checks <> '');

-- name: SetSweep :exec
INSERT INTO sweeps (class, created_at) VALUES ($1, $2)
ON CONFLICT (class) DO UPDATE SET created_at = excluded.created_at;

-- name: GetSweep :many
SELECT created_at FROM sweeps WHERE class = $1;

-- name: ExpireFeedback :execrows
DELETE FROM feedback WHERE message_id IN
  (SELECT f.message_id FROM feedback f WHERE f.created_at < sqlc.arg(before) LIMIT sqlc.arg(max_rows));

-- name: CountExpiredFeedback :one
SELECT COUNT(*) FROM feedback WHERE created_at < $1;

-- name: ExpireCSAT :execrows
DELETE FROM csat WHERE conversation_id IN
  (SELECT s.conversation_id FROM csat s WHERE s.created_at < sqlc.arg(before) LIMIT sqlc.arg(max_rows));

-- name: CountExpiredCSAT :one
SELECT COUNT(*) FROM csat WHERE created_at < $1;

-- A handoff whose delivery is still under way is kept: what was promised is done first.
-- name: ExpireHandoffs :execrows
DELETE FROM handoffs WHERE reference IN
  (SELECT h.reference FROM handoffs h WHERE h.created_at < sqlc.arg(before)
     AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.conversation_id = h.conversation_id AND o.state = 'pending')
   LIMIT sqlc.arg(max_rows));

-- name: CountExpiredHandoffs :one
SELECT COUNT(*) FROM handoffs h WHERE h.created_at < $1
  AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.conversation_id = h.conversation_id AND o.state = 'pending');

-- name: ExpireContacts :execrows
UPDATE handoffs SET contact = '' WHERE contact <> '' AND reference IN
  (SELECT h.reference FROM handoffs h WHERE h.created_at < sqlc.arg(before) AND h.contact <> '' LIMIT sqlc.arg(max_rows));

-- name: CountExpiredContacts :one
SELECT COUNT(*) FROM handoffs WHERE created_at < $1 AND contact <> '';

-- name: ExpireOutbox :execrows
DELETE FROM outbox WHERE id IN
  (SELECT o.id FROM outbox o WHERE o.finished_at <> 0 AND o.finished_at < sqlc.arg(before) LIMIT sqlc.arg(max_rows));

-- name: CountExpiredOutbox :one
SELECT COUNT(*) FROM outbox WHERE finished_at <> 0 AND finished_at < $1;

-- name: ExpireAudit :execrows
DELETE FROM audit WHERE id IN (SELECT a.id FROM audit a WHERE a.at < sqlc.arg(before) LIMIT sqlc.arg(max_rows));

-- name: CountExpiredAudit :one
SELECT COUNT(*) FROM audit WHERE at < $1;

-- name: ExpireSpend :execrows
DELETE FROM spend WHERE month < $1;

-- name: CountExpiredSpend :one
SELECT COUNT(*) FROM spend WHERE month < $1;

-- name: HandoffsOf :many
SELECT * FROM handoffs WHERE conversation_id = $1 ORDER BY created_at, reference;

-- name: ConversationsByContact :many
SELECT DISTINCT conversation_id FROM handoffs WHERE LOWER(contact) = sqlc.arg(contact) ORDER BY conversation_id;
