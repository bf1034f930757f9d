-- What managers have made of gaps. Which questions there are is worked out of the turns; here are decisions, and proofs by
-- the ids of turns: nobody's words.

-- +goose Up
CREATE TABLE gaps (
    id         TEXT PRIMARY KEY,
    state      TEXT   NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT   NOT NULL,
    why        TEXT   NOT NULL,
    document   TEXT   NOT NULL, -- the draft's id
    release_id TEXT   NOT NULL, -- of the last check
    checked_at BIGINT NOT NULL
);

CREATE TABLE gap_questions (
    message_id      TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL,
    gap_id          TEXT NOT NULL,
    checked         TEXT NOT NULL -- what became of it in the last check
);
CREATE INDEX gap_questions_gap ON gap_questions (gap_id);
CREATE INDEX gap_questions_conversation ON gap_questions (conversation_id);

CREATE TABLE gap_cases (
    suite           TEXT   NOT NULL,
    message_id      TEXT   NOT NULL,
    conversation_id TEXT   NOT NULL,
    gap_id          TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (suite, message_id)
);
CREATE INDEX gap_cases_conversation ON gap_cases (conversation_id);

-- +goose Down
DROP TABLE gap_cases;
DROP TABLE gap_questions;
DROP TABLE gaps;
