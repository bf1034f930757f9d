package embed

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	openai "github.com/sashabaranov/go-openai"
	"golang.org/x/sync/errgroup"
)

// Embedder turns texts into vectors of length 1, by any server that speaks OpenAI's embeddings protocol. It is safe for
// concurrent use.
type Embedder struct {
	cfg    Config
	up     *upstream
	client *openai.Client
	dims   atomic.Int64 // 0 until the first vector came
}

// New returns the embedder, or everything that is wrong with its configuration. It connects to nothing. The caller
// closes it.
func New(c Config) (*Embedder, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("embeddings: %w", err)
	}
	c = c.withDefaults()
	e := &Embedder{cfg: c, up: newUpstream(c.Timeout, c.Attempts, maxVectors)}
	e.dims.Store(int64(c.Dimensions))
	settings := openai.DefaultConfig(c.APIKey)
	settings.BaseURL = c.BaseURL
	settings.HTTPClient = e.up.http
	e.client = openai.NewClientWithConfig(settings)
	return e, nil
}

// Fingerprint is that of the configuration.
func (e *Embedder) Fingerprint() string { return e.cfg.Fingerprint() }

// Close closes idle connections. Calls under way go on.
func (e *Embedder) Close() { e.up.close() }

// Documents returns a vector for each text, in their order, all with the same number of dimensions as any that this
// embedder returned before. Of long texts only the beginning counts. It makes as many requests as it takes, some of
// them at once, each again where that may help, until ctx ends. An error is an [*Error]; then there are no vectors.
func (e *Embedder) Documents(ctx context.Context, texts []string) ([][]float32, error) {
	return e.embed(ctx, e.cfg.DocumentPrefix, texts)
}

// Query returns the vector of a question. See Documents.
func (e *Embedder) Query(ctx context.Context, text string) ([]float32, error) {
	vectors, err := e.embed(ctx, e.cfg.QueryPrefix, []string{text})
	if err != nil {
		return nil, err
	}
	return vectors[0], nil
}

func (e *Embedder) embed(ctx context.Context, prefix string, texts []string) ([][]float32, error) {
	inputs := make([]string, len(texts))
	for i, t := range texts {
		if strings.TrimSpace(t) == "" {
			return nil, &Error{Class: BadText, Reason: fmt.Sprintf("text %d is empty", i)}
		}
		inputs[i] = cutAt(prefix+t, e.cfg.MaxTextBytes)
	}
	vectors := make([][]float32, len(texts))
	group, running := errgroup.WithContext(ctx)
	group.SetLimit(e.cfg.Parallel)
	for begin := 0; begin < len(inputs) && running.Err() == nil; {
		end := begin + batchLen(inputs[begin:], e.cfg.BatchTexts, e.cfg.BatchBytes)
		from, to := begin, end
		group.Go(func() error { return e.batch(running, inputs[from:to], vectors[from:to]) })
		begin = end
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, classify(ctx, ctx, err)
	}
	return vectors, nil
}

// batchLen is how many of the first texts go into one request: at least one.
func batchLen(texts []string, maxTexts, maxBytes int) int {
	bytes := 0
	for i, t := range texts {
		bytes += len(t)
		if i > 0 && (i == maxTexts || bytes > maxBytes) {
			return i
		}
	}
	return len(texts)
}

// cutAt returns at most n bytes of s that end with a whole character.
func cutAt(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// batch fills vectors with those of texts, by one request at a time.
func (e *Embedder) batch(ctx context.Context, texts []string, vectors [][]float32) error {
	req := openai.EmbeddingRequest{
		Input: texts, Model: openai.EmbeddingModel(e.cfg.Model), Dimensions: e.cfg.Dimensions,
		EncodingFormat: openai.EmbeddingEncodingFormatFloat,
	}
	if e.cfg.Base64 {
		req.EncodingFormat = openai.EmbeddingEncodingFormatBase64
	}
	return e.up.try(ctx, func(ctx context.Context) error {
		resp, err := e.client.CreateEmbeddings(ctx, req)
		if err != nil {
			return undecodable(err)
		}
		return e.take(resp.Data, vectors)
	})
}

// take checks what came and puts it in its place.
func (e *Embedder) take(data []openai.Embedding, vectors [][]float32) error {
	if len(data) != len(vectors) {
		return garbage("it has %d vectors, not %d", len(data), len(vectors))
	}
	clear(vectors) // of an attempt that failed half way
	for _, d := range data {
		if d.Index < 0 || d.Index >= len(vectors) || vectors[d.Index] != nil {
			return garbage("its indices are not those of the texts")
		}
		if err := e.checkDims(len(d.Embedding)); err != nil {
			return err
		}
		if !normalize(d.Embedding) {
			return garbage("a vector has no direction")
		}
		vectors[d.Index] = d.Embedding
	}
	return nil
}

// checkDims holds every vector to the dimensions of the first.
func (e *Embedder) checkDims(n int) error {
	if n == 0 || n > maxDimensions {
		return garbage("a vector has %d dimensions", n)
	}
	e.dims.CompareAndSwap(0, int64(n))
	if want := e.dims.Load(); int64(n) != want {
		return garbage("a vector has %d dimensions, not %d", n, want)
	}
	return nil
}

// normalize makes v one long, and reports whether it can.
func normalize(v []float32) bool {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	long := math.Sqrt(sum)
	if !(long > 1e-12) || math.IsInf(long, 0) { // NaN fails the first
		return false
	}
	for i, x := range v {
		v[i] = float32(float64(x) / long)
	}
	return true
}
