package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"switchboard"
	"switchboard/fallback"
	"switchboard/kb"
	"switchboard/kb/embed"
)

// How long embedding a knowledge base may take before it serves by words alone, and when it is tried again.
const (
	embedWithin = 10 * time.Minute
	embedRetry  = time.Minute
)

func embedConfigOf(c embedConfig, getenv func(string) string) (embed.Config, error) {
	e := embed.Config{
		BaseURL: c.BaseURL, Model: c.Model, Dimensions: c.Dimensions, QueryPrefix: c.QueryPrefix, DocumentPrefix: c.DocumentPrefix,
	}
	var err error
	if c.APIKeyEnv != "" || c.APIKeyFile != "" {
		e.APIKey, err = secret(c.APIKeyEnv, c.APIKeyFile, getenv)
	}
	return e, errors.Join(err, e.Check())
}

func rerankConfigOf(c rerankConfig, getenv func(string) string) (embed.RerankConfig, error) {
	r := embed.RerankConfig{BaseURL: c.BaseURL, Model: c.Model, Timeout: c.Timeout}
	var err error
	if c.APIKeyEnv != "" || c.APIKeyFile != "" {
		r.APIKey, err = secret(c.APIKeyEnv, c.APIKeyFile, getenv)
	}
	return r, errors.Join(err, r.Check())
}

// embedder makes vectors of passages, which it keeps, and of questions.
type embedder struct {
	*embed.Embedder
	kept *embed.Cached
}

// Documents returns vectors from the cache where it has them.
func (e embedder) Documents(ctx context.Context, texts []string) ([][]float32, error) {
	return e.kept.Documents(ctx, texts, nil)
}

// reranker is the places of what embed ranks.
type reranker struct{ *embed.Reranker }

// Rerank returns them best first.
func (r reranker) Rerank(ctx context.Context, question string, texts []string, n int) ([]int, error) {
	ranked, err := r.Reranker.Rerank(ctx, question, texts, n)
	places := make([]int, len(ranked))
	for i, x := range ranked {
		places[i] = x.Index
	}
	return places, err
}

// meaningOf has a snapshot search by meaning too, where the configuration names models for that. What the models are is
// returned for the release; failed hears of questions that had to be searched by words alone. An error that is
// errByWords leaves a snapshot that searches by words.
func meaningOf(
	ctx context.Context, c *config, s *kb.Snapshot, getenv func(string) string, failed func(error), progress func(done, total int),
) (models string, closeAll func(), err error) {
	var closers []func()
	closeAll = func() {
		for _, f := range closers {
			f()
		}
	}
	if c.Rerank.BaseURL != "" {
		rc, err := rerankConfigOf(c.Rerank, getenv)
		if err != nil {
			return "", closeAll, err
		}
		r, err := embed.NewReranker(rc)
		if err != nil {
			return "", closeAll, err
		}
		closers = append(closers, r.Close)
		models += fmt.Sprintf("+rerank %s %s", rc.BaseURL, rc.Model)
		s.Rerank(reranker{r}, failed)
	}
	if c.Embed.BaseURL == "" {
		return models, closeAll, nil
	}
	ec, err := embedConfigOf(c.Embed, getenv)
	if err != nil {
		return models, closeAll, err
	}
	e, err := embed.New(ec)
	if err != nil {
		return models, closeAll, err
	}
	closers = append(closers, e.Close)
	kept, err := embed.NewCached(e, filepath.Join(kbDir(c), "embeddings"), 0)
	if err != nil {
		return models, closeAll, err
	}
	closers = append(closers, func() { _ = kept.Close() })
	bounded, cancel := context.WithTimeout(ctx, embedWithin)
	defer cancel()
	if err := s.Embed(bounded, embedder{e, kept}, failed, progress); err != nil {
		return models, closeAll, fmt.Errorf("%w: %w", errByWords, err)
	}
	return models + "+" + e.Fingerprint(), closeAll, nil
}

// errByWords says that the passages could not be embedded.
var errByWords = errors.New("searching by words alone")

// understand is meaningOf for a server: it goes on by words alone where the models cannot be reached, and is tried again.
func (w *parts) understand(ctx context.Context, s *kb.Snapshot, getenv func(string) string) (string, func(), error) {
	failed := func(err error) { w.log.Warn("a question is searched by words alone", "error", err) }
	models, closeAll, err := meaningOf(ctx, w.config, s, getenv, failed, nil)
	w.byWordsAlone = errors.Is(err, errByWords)
	if w.byWordsAlone {
		w.embedAgain = time.Now().Add(embedRetry)
		w.log.Warn("the knowledge base cannot be embedded, it is tried again", "error", err, "in", embedRetry)
		err = nil
	}
	if err != nil {
		closeAll()
	}
	if models != "" {
		sum := sha256.Sum256([]byte(models))
		models = "+" + hex.EncodeToString(sum[:8])
	}
	return models, closeAll, err
}

// withSearch is withSnapshot for commands that search: by meaning too, unless only words are wanted.
func (p *program) withSearch(ctx context.Context, id string, wordsOnly bool, f func(*kb.Snapshot) error) error {
	return p.withSnapshot(ctx, id, func(s *kb.Snapshot) error {
		if wordsOnly {
			return f(s)
		}
		c, err := p.config()
		if err != nil {
			return err
		}
		bar := p.bar("embedding")
		_, closeAll, err := meaningOf(ctx, c, s, p.getenv, func(err error) { fmt.Fprintln(p.err, err) },
			func(done, total int) { bar.set(int64(done), int64(total)) })
		bar.done()
		defer closeAll()
		if errors.Is(err, errByWords) {
			fmt.Fprintln(p.err, err)
			err = nil
		}
		if err != nil {
			return err
		}
		return f(s)
	})
}

// How long a turn waits for its message's vector, and how long none is asked for after that has failed.
const (
	scopeWithin = 300 * time.Millisecond
	scopeRest   = 10 * time.Second
)

// scopeEmbedder embeds messages and the examples that they are compared with, both as documents: they are alike.
type scopeEmbedder struct {
	*embed.Embedder
	kept    *embed.Cached // of the examples; messages are not kept
	resting atomic.Int64  // until when no message is embedded, in nanoseconds
	failed  func(error)
}

// Embed returns the vectors of examples, from the cache where it has them.
func (e *scopeEmbedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	return e.kept.Documents(ctx, texts, nil)
}

// message returns a message's vector, nil where it cannot be had soon. A service that is down delays one turn now and
// then, not all.
func (e *scopeEmbedder) message(ctx context.Context, text switchboard.Masked) []float32 {
	if time.Now().UnixNano() < e.resting.Load() {
		return nil
	}
	bounded, cancel := context.WithTimeout(ctx, scopeWithin)
	defer cancel()
	vectors, err := e.Documents(bounded, []string{string(text)})
	if err == nil {
		return vectors[0]
	}
	if ctx.Err() == nil { // else it is the customer who left
		e.resting.Store(time.Now().Add(scopeRest).UnixNano())
		e.failed(err)
	}
	return nil
}

// understandScope has the policy judge the scope by meaning too, where embeddings are configured. Where they cannot be
// had, the words do, and it is tried again.
func (w *parts) understandScope(
	ctx context.Context, policy *fallback.Policy, getenv func(string) string,
) (func(context.Context, switchboard.Masked) []float32, func(), error) {
	none := func() {}
	if w.config.Embed.BaseURL == "" || w.byWordsAlone {
		return nil, none, nil
	}
	ec, err := embedConfigOf(w.config.Embed, getenv)
	if err != nil {
		return nil, none, err
	}
	client, err := embed.New(ec)
	if err != nil {
		return nil, none, err
	}
	kept, err := embed.NewCached(client, filepath.Join(kbDir(w.config), "embeddings"), 0)
	if err != nil {
		client.Close()
		return nil, none, err
	}
	defer kept.Close()
	e := &scopeEmbedder{Embedder: client, kept: kept, failed: func(err error) {
		w.log.Warn("the scope of messages is judged by words alone", "error", err, "for", scopeRest)
	}}
	bounded, cancel := context.WithTimeout(ctx, embedWithin)
	defer cancel()
	if err := policy.UseMeaning(bounded, e); err != nil {
		client.Close()
		w.byWordsAlone, w.embedAgain = true, time.Now().Add(embedRetry)
		w.log.Warn("the scope model goes by words alone, meaning is tried again", "error", err, "in", embedRetry)
		return nil, none, nil
	}
	return e.message, client.Close, nil
}

func both(f, g func()) func() { return func() { f(); g() } }
