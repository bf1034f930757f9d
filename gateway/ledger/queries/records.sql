-- name: InsertRelease :execrows
INSERT INTO releases (id, prompts, snapshot, policy, models, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING;

-- name: ListReleases :many
SELECT * FROM releases ORDER BY created_at DESC, id DESC;

-- name: GetRelease :one
SELECT * FROM releases WHERE id = $1;

-- name: InsertKey :execrows
INSERT INTO keys (id, kind, name, roles, origins, hash, created_at, revoked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0)
ON CONFLICT DO NOTHING;

-- name: ListKeys :many
SELECT * FROM keys ORDER BY created_at, id;

-- name: GetKey :one
SELECT * FROM keys WHERE id = $1;

-- name: RevokeKey :execrows
UPDATE keys SET revoked_at = $1 WHERE id = $2 AND revoked_at = 0;

-- name: InsertSecret :execrows
INSERT INTO secrets (name, value, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: GetSecret :one
SELECT value FROM secrets WHERE name = $1;

-- name: InsertAudit :exec
INSERT INTO audit (id, at, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6);

-- name: ListAudit :many
SELECT * FROM audit WHERE at >= $1 ORDER BY at DESC, id DESC LIMIT $2;
