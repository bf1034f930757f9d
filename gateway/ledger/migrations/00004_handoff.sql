-- Handoffs to several systems, what people on the other side say, and what they have told of the queue.

-- +goose Up
ALTER TABLE outbox ADD COLUMN reference TEXT NOT NULL DEFAULT ''; -- of the handoff; '' in old rows, whose id it is
ALTER TABLE outbox ADD COLUMN kind TEXT NOT NULL DEFAULT 'request'; -- request, notice, message
ALTER TABLE outbox ADD COLUMN target TEXT NOT NULL DEFAULT ''; -- the connector that a notice is for
CREATE INDEX outbox_reference ON outbox (reference, state, created_at);

ALTER TABLE handoffs ADD COLUMN ticket TEXT NOT NULL DEFAULT ''; -- the other side's own id
ALTER TABLE handoffs ADD COLUMN queue_position BIGINT NOT NULL DEFAULT 0;
ALTER TABLE handoffs ADD COLUMN eta_seconds BIGINT NOT NULL DEFAULT 0;
ALTER TABLE handoffs ADD COLUMN accepted_at BIGINT NOT NULL DEFAULT 0; -- since then a person has the conversation

CREATE TABLE agent_lines (
    id              TEXT PRIMARY KEY, -- the other side's event
    conversation_id TEXT   NOT NULL,
    reference       TEXT   NOT NULL,
    text            TEXT   NOT NULL,
    created_at      BIGINT NOT NULL
);
CREATE INDEX agent_lines_conversation ON agent_lines (conversation_id, created_at, id);

CREATE TABLE inbound_events (
    id         TEXT PRIMARY KEY, -- what has been taken in is not taken in again
    created_at BIGINT NOT NULL
);
CREATE INDEX inbound_events_created ON inbound_events (created_at);

-- +goose Down
DROP TABLE inbound_events;
DROP TABLE agent_lines;
ALTER TABLE handoffs DROP COLUMN accepted_at;
ALTER TABLE handoffs DROP COLUMN eta_seconds;
ALTER TABLE handoffs DROP COLUMN queue_position;
ALTER TABLE handoffs DROP COLUMN ticket;
DROP INDEX outbox_reference;
ALTER TABLE outbox DROP COLUMN target;
ALTER TABLE outbox DROP COLUMN kind;
ALTER TABLE outbox DROP COLUMN reference;
