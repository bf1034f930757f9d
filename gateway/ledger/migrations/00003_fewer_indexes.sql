-- Nothing looks turns up by the time of their making, and every index costs each turn a page.

-- +goose Up
DROP INDEX turns_created;

-- +goose Down
CREATE INDEX turns_created ON turns (created_at);
