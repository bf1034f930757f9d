package drill

import (
	"io"
	"log"
	"sync/atomic"
)

// quiet is for servers that are meant to fail.
var quiet = log.New(io.Discard, "", 0)

// counter counts. It is safe for concurrent use.
type counter struct{ n atomic.Int64 }

func newCounter() *counter { return &counter{} }

func (c *counter) add() { c.n.Add(1) }

func (c *counter) value() int { return int(c.n.Load()) }
