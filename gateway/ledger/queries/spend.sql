-- AddSpend comes last in its transaction, in the order of months and models: everybody writes these few rows.
-- name: AddSpend :exec
INSERT INTO spend (month, model, calls, input_tokens, output_tokens, cost_nanos)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (month, model) DO UPDATE
SET calls = spend.calls + excluded.calls, input_tokens = spend.input_tokens + excluded.input_tokens,
    output_tokens = spend.output_tokens + excluded.output_tokens, cost_nanos = spend.cost_nanos + excluded.cost_nanos;

-- name: ListSpend :many
SELECT * FROM spend WHERE month = $1 ORDER BY model;
