-- What erasure and retention look things up by. Neither index costs a turn anything: the first holds erased rows alone,
-- and a finished delivery is rare.

-- +goose Up
CREATE INDEX conversations_erased ON conversations (erased_at) WHERE erased_at <> 0;

CREATE TABLE sweeps (
    class      TEXT PRIMARY KEY, -- of retention
    created_at BIGINT NOT NULL   -- conversations opened before it have nothing left of this class
);

-- +goose Down
DROP TABLE sweeps;
DROP INDEX conversations_erased;
