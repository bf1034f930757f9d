-- name: InsertTurn :execrows
INSERT INTO turns (id, conversation_id, client_message_id, question, lang, started_at, topic, scope, evidence, grounded,
                   action, reason, answer, release_id, prompt, model, handoff_state, handoff_reference,
                   total_ms, first_sentence_ms, retrieve_ms, model_ms, verify_ms,
                   input_tokens, output_tokens, cost_nanos, created_at, reply, passages, checks)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
        $25, $26, $27, $28, $29, $30)
ON CONFLICT DO NOTHING;

-- name: GetTurn :one
SELECT * FROM turns WHERE id = $1 AND conversation_id = $2;

-- name: GetTurnByClientID :one
SELECT * FROM turns WHERE conversation_id = $1 AND client_message_id = $2 AND client_message_id <> '';

-- LatestTurns leaves out what only explanations need, which is most of a turn's bytes.
-- name: LatestTurns :many
SELECT id, conversation_id, client_message_id, question, lang, started_at, topic, scope, evidence, grounded,
       action, reason, answer, release_id, prompt, model, handoff_state, handoff_reference,
       total_ms, first_sentence_ms, retrieve_ms, model_ms, verify_ms,
       input_tokens, output_tokens, cost_nanos, created_at, reply,
       CAST('' AS TEXT) AS passages, CAST('' AS TEXT) AS checks
FROM turns WHERE conversation_id = $1
ORDER BY started_at DESC, id DESC LIMIT $2;

-- name: AllTurns :many
SELECT * FROM turns WHERE conversation_id = $1 ORDER BY started_at, id;

-- name: ConversationOf :one
SELECT conversation_id FROM turns WHERE id = $1;

-- name: CountTurn :one
SELECT COUNT(*) FROM turns WHERE id = $1 AND conversation_id = $2;

-- name: UpsertFeedback :exec
INSERT INTO feedback (message_id, conversation_id, rating, reason, comment, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (message_id) DO UPDATE
SET rating = excluded.rating, reason = excluded.reason, comment = excluded.comment, created_at = excluded.created_at;

-- name: ListFeedback :many
SELECT * FROM feedback WHERE conversation_id = $1 ORDER BY created_at, message_id;

-- name: GetFeedback :one
SELECT * FROM feedback WHERE message_id = $1 AND conversation_id = $2;

-- name: UpsertCSAT :exec
INSERT INTO csat (conversation_id, score, comment, created_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (conversation_id) DO UPDATE
SET score = excluded.score, comment = excluded.comment, created_at = excluded.created_at;

-- name: ListCSAT :many
SELECT * FROM csat WHERE conversation_id = $1;
