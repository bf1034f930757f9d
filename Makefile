# make run      the gateway with its demo knowledge base: no configuration, no key, no server
# make test     everything; installs what the tests need where it is missing
# make drill    every fault of a model's upstream, and what customers get of it
# make test-llm turns through a real small model on this machine; make test-embeddings, search by one
GO      ?= go
TAGS    := nomsgpack
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)

.PHONY: run build test test-llm test-embeddings drill bench lint fmt clean

run: build
	./bin/switchboard serve

build:
	CGO_ENABLED=0 $(GO) build -trimpath -tags $(TAGS) -ldflags '$(LDFLAGS)' -o bin/switchboard ./cmd/switchboard

test:
	bash deploy/test.sh

test-llm: build
	bash deploy/llm/run.sh $(GO) test -tags '$(TAGS) llm' -count=1 -run Live -v ./gateway/llm ./cmd/switchboard

test-embeddings:
	bash deploy/embeddings/run.sh $(GO) test -tags '$(TAGS) embeddings' -count=1 -run Live -v ./kb/embed

drill: build
	$(GO) run -tags $(TAGS) ./cmd/drill faults

bench:
	$(GO) test -tags $(TAGS) -run '^$$' -bench . -benchmem ./gateway/... ./kb ./prompts ./fallback/... ./evals

lint:
	golangci-lint run

fmt:
	gofmt -w $$(git ls-files '*.go')

clean:
	rm -rf bin
