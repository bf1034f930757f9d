-- Parameters appear in the order of their numbers: SQLite numbers them by first appearance.

-- AskedSince reads turns in the order of their ids, which is that of their times, without what was found: whether there is
-- something is all that is asked of most of them. Checks are read of turns that gave no answer alone.
-- name: AskedSince :many
SELECT t.id, t.conversation_id, t.question, t.lang, t.topic, t.scope, t.action, t.reason, t.started_at,
       CAST(CASE WHEN t.action IN ('handoff', 'degraded', 'decline', 'clarify') THEN LENGTH(t.passages) ELSE 0 END AS BIGINT) AS passages_length,
       CAST(CASE WHEN t.action IN ('handoff', 'degraded') THEN t.checks ELSE '' END AS TEXT) AS checks,
       CAST(COALESCE((SELECT f.rating FROM feedback f WHERE f.message_id = t.id), '') AS TEXT) AS rating
FROM turns t
WHERE t.id > sqlc.arg(after) ORDER BY t.id LIMIT sqlc.arg(max_rows);

-- name: ListGaps :many
SELECT * FROM gaps ORDER BY id;

-- name: ListGapQuestions :many
SELECT * FROM gap_questions ORDER BY gap_id, message_id;

-- SaveGap writes a record where nobody has written it since it was read.
-- name: SaveGap :execrows
INSERT INTO gaps (id, state, changed_at, changed_by, why, document, release_id, checked_at)
VALUES (sqlc.arg(id), sqlc.arg(state), sqlc.arg(changed_at), sqlc.arg(changed_by), sqlc.arg(why), sqlc.arg(document),
        sqlc.arg(release_id), sqlc.arg(checked_at))
ON CONFLICT (id) DO UPDATE
SET state = excluded.state, changed_at = excluded.changed_at, changed_by = excluded.changed_by, why = excluded.why,
    document = excluded.document, release_id = excluded.release_id, checked_at = excluded.checked_at
WHERE gaps.changed_at = sqlc.arg(before);

-- name: ForgetGapQuestions :exec
DELETE FROM gap_questions WHERE gap_id = $1;

-- LockConversation locks the row without touching it, so that nothing is added to a conversation while it is erased.
-- name: LockConversation :execrows
UPDATE conversations SET updated_at = updated_at WHERE id = $1 AND erased_at = 0;

-- name: SaveGapQuestion :exec
INSERT INTO gap_questions (message_id, conversation_id, gap_id, checked) VALUES ($1, $2, $3, $4)
ON CONFLICT (message_id) DO UPDATE SET gap_id = excluded.gap_id, checked = excluded.checked;

-- name: SaveGapCase :exec
INSERT INTO gap_cases (suite, message_id, conversation_id, gap_id, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING;

-- name: GapCasesOf :many
SELECT * FROM gap_cases WHERE conversation_id = $1 ORDER BY suite, message_id;

-- name: EraseGapQuestions :execrows
DELETE FROM gap_questions WHERE conversation_id = $1;

-- name: EraseGapCases :execrows
DELETE FROM gap_cases WHERE conversation_id = $1;

-- A gap goes once it is over and none of its questions is left.
-- name: ExpireGaps :execrows
DELETE FROM gaps WHERE id IN
  (SELECT g.id FROM gaps g WHERE g.changed_at < sqlc.arg(before)
     AND NOT EXISTS (SELECT 1 FROM gap_questions q WHERE q.gap_id = g.id)
   LIMIT sqlc.arg(max_rows));

-- name: CountExpiredGaps :one
SELECT COUNT(*) FROM gaps g WHERE g.changed_at < $1 AND NOT EXISTS (SELECT 1 FROM gap_questions q WHERE q.gap_id = g.id);
