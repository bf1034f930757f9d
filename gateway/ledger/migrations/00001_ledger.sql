-- One schema for SQLite and PostgreSQL, hence only TEXT, BIGINT and DOUBLE PRECISION.
-- Times are microseconds since 1970 in UTC, 0 = never. Money is billionths of a US dollar. Lists and maps are JSON.
-- Customers' words are stored masked; handoffs.contact, which the customer gave in order to be reached, is the exception.

-- +goose Up
CREATE TABLE conversations (
    id         TEXT PRIMARY KEY,
    locale     TEXT   NOT NULL,
    audiences  TEXT   NOT NULL,
    context    TEXT   NOT NULL,
    disclosure TEXT   NOT NULL, -- the words by which the customer was told that this is a machine
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    erased_at  BIGINT NOT NULL DEFAULT 0, -- not 0: everything personal is gone, the row stays so that the id is never reused
    receipt    TEXT   NOT NULL DEFAULT '' -- of the erasure
);
CREATE INDEX conversations_created ON conversations (created_at, id);

CREATE TABLE turns (
    id                TEXT PRIMARY KEY,
    conversation_id   TEXT             NOT NULL,
    client_message_id TEXT             NOT NULL,
    question          TEXT             NOT NULL,
    lang              TEXT             NOT NULL,
    started_at        BIGINT           NOT NULL,
    topic             TEXT             NOT NULL,
    scope             DOUBLE PRECISION NOT NULL,
    evidence          TEXT             NOT NULL,
    grounded          DOUBLE PRECISION NOT NULL,
    action            TEXT             NOT NULL,
    reason            TEXT             NOT NULL,
    answer            TEXT             NOT NULL,
    release_id        TEXT             NOT NULL,
    prompt            TEXT             NOT NULL,
    model             TEXT             NOT NULL,
    handoff_state     TEXT             NOT NULL,
    handoff_reference TEXT             NOT NULL,
    total_ms          DOUBLE PRECISION NOT NULL,
    first_sentence_ms DOUBLE PRECISION NOT NULL,
    retrieve_ms       DOUBLE PRECISION NOT NULL,
    model_ms          DOUBLE PRECISION NOT NULL,
    verify_ms         DOUBLE PRECISION NOT NULL,
    input_tokens      BIGINT           NOT NULL,
    output_tokens     BIGINT           NOT NULL,
    cost_nanos        BIGINT           NOT NULL,
    created_at        BIGINT           NOT NULL,
    reply             TEXT             NOT NULL, -- what the customer sees besides the answer: citations, suggestions, choices
    passages          TEXT             NOT NULL, -- what was found
    checks            TEXT             NOT NULL  -- sentences that were stopped, calls of models
);
CREATE INDEX turns_conversation ON turns (conversation_id, started_at, id);
CREATE UNIQUE INDEX turns_client_message ON turns (conversation_id, client_message_id) WHERE client_message_id <> '';
CREATE INDEX turns_created ON turns (created_at);

CREATE TABLE feedback (
    message_id      TEXT PRIMARY KEY,
    conversation_id TEXT   NOT NULL,
    rating          TEXT   NOT NULL,
    reason          TEXT   NOT NULL,
    comment         TEXT   NOT NULL,
    created_at      BIGINT NOT NULL
);
CREATE INDEX feedback_conversation ON feedback (conversation_id);

CREATE TABLE csat (
    conversation_id TEXT PRIMARY KEY,
    score           BIGINT NOT NULL,
    comment         TEXT   NOT NULL,
    created_at      BIGINT NOT NULL
);

CREATE TABLE handoffs (
    reference       TEXT PRIMARY KEY,
    conversation_id TEXT   NOT NULL,
    state           TEXT   NOT NULL,
    reason          TEXT   NOT NULL,
    locale          TEXT   NOT NULL,
    contact         TEXT   NOT NULL,
    note            TEXT   NOT NULL,
    summary         TEXT   NOT NULL,
    transcript      TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL
);
-- A conversation has at most one handoff under way; this index is what makes it so.
CREATE UNIQUE INDEX handoffs_open ON handoffs (conversation_id) WHERE state IN ('requested', 'acknowledged');
CREATE INDEX handoffs_conversation ON handoffs (conversation_id);
CREATE INDEX handoffs_created ON handoffs (created_at, reference);

CREATE TABLE outbox (
    id              TEXT PRIMARY KEY, -- also the receiver's idempotency key
    conversation_id TEXT   NOT NULL,
    payload         TEXT   NOT NULL,  -- emptied on delivery
    state           TEXT   NOT NULL,  -- pending, done, dead
    attempts        BIGINT NOT NULL,  -- claims so far; it fences off a claimant whose lease has run out
    due_at          BIGINT NOT NULL,  -- not to be claimed before: a claim moves it to the end of its lease, a retry to its time
    last_error      TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,
    finished_at     BIGINT NOT NULL
);
CREATE INDEX outbox_due ON outbox (state, due_at);
CREATE INDEX outbox_conversation ON outbox (conversation_id);

CREATE TABLE releases (
    id         TEXT PRIMARY KEY,
    prompts    TEXT   NOT NULL,
    snapshot   TEXT   NOT NULL,
    policy     TEXT   NOT NULL,
    models     TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE keys (
    id         TEXT PRIMARY KEY,
    kind       TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    roles      TEXT   NOT NULL,
    origins    TEXT   NOT NULL,
    hash       TEXT   NOT NULL UNIQUE, -- SHA-256, hexadecimal
    created_at BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL
);

CREATE TABLE secrets (
    name       TEXT PRIMARY KEY,
    value      TEXT   NOT NULL, -- hexadecimal
    created_at BIGINT NOT NULL
);

CREATE TABLE audit (
    id      TEXT PRIMARY KEY,
    at      BIGINT NOT NULL,
    actor   TEXT   NOT NULL,
    action  TEXT   NOT NULL,
    subject TEXT   NOT NULL,
    detail  TEXT   NOT NULL
);
CREATE INDEX audit_at ON audit (at, id);

-- +goose Down
DROP TABLE audit;
DROP TABLE secrets;
DROP TABLE keys;
DROP TABLE releases;
DROP TABLE outbox;
DROP TABLE handoffs;
DROP TABLE csat;
DROP TABLE feedback;
DROP TABLE turns;
DROP TABLE conversations;
