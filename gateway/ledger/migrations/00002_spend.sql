-- What models have cost, summed when it is recorded: a budget must not be forgotten with the conversations that used it,
-- and reading it must not cost more as they become many. Nothing in it is anybody's.

-- +goose Up
CREATE TABLE spend (
    month         TEXT   NOT NULL, -- "2026-11", in UTC
    model         TEXT   NOT NULL,
    calls         BIGINT NOT NULL,
    input_tokens  BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    cost_nanos    BIGINT NOT NULL,
    PRIMARY KEY (month, model)
);

-- +goose Down
DROP TABLE spend;
