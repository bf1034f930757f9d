package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"switchboard/fallback/gaps"
	"switchboard/gateway/admission"
	"switchboard/gateway/web"
	"switchboard/kb/library"
)

// Config is what a Server is made of. Bot, Sessions, Keys and TokenSecret are needed.
type Config struct {
	Bot         Bot
	Sessions    Sessions
	Keys        Keys
	TokenSecret []byte        // signs the tokens of conversations; at least 16 bytes, 32 are right
	TokenTTL    time.Duration // of those tokens; 0 is 24 hours

	Limits         Limits   // the zero value is DefaultLimits
	TrustedProxies []string // addresses and networks whose X-Forwarded-For is believed; none by default

	Parts   func(context.Context) []Part // what must be ready; nil is nothing
	Metrics http.Handler                 // of /metrics
	Observe Observer                     // nil counts nothing
	Trace   Tracer                       // nil traces nothing
	Pages   *web.Site                    // the widget and the demo page; nil has none

	Library  func() *library.Library // the knowledge base that managers edit, as it is configured now; nil has none
	Promoted func()                  // is called after what is served has changed; it does not wait. nil is nothing
	Trail    Trail                   // where it is written down who did what; needed with Library
	Gaps     *gaps.Desk              // where managers see what could not be answered; nil has none. It needs Trail
	Handoffs Handoffs                // what staff see of handoffs; nil shows none. It needs Trail
	// Inbound checks the signature of what the support team's side tells; nil takes nothing in.
	Inbound  func(body []byte, h http.Header) error
	Identity []byte // the secret that identities are signed with; nil takes none

	Quotas    Quotas    // of days and months; nil limits nothing
	Statement Statement // of what models have cost; nil has none

	Log *slog.Logger // nil logs nothing

	Heartbeat   time.Duration    // between comments in a silent stream; 0 is 15 s
	WriteWithin time.Duration    // for one write to a reader of a reply; 0 is 10 s
	ReadWithin  time.Duration    // for a request's headers to come, and again for its body; 0 is 10 s
	Now         func() time.Time // nil is time.Now
}

// Server is the HTTP face. It is safe for concurrent use.
type Server struct {
	bot            Bot
	sessions       Sessions
	keys           keyCache
	tokens         *tokens
	limits         Limits
	gate           *admission.Gate // of turns
	parts          func(context.Context) []Part
	metricsHandler http.Handler
	observe        Observer
	trace          Tracer
	pages          *web.Site
	log            *slog.Logger
	now            func() time.Time
	started        time.Time
	heartbeat      time.Duration
	writeWithin    time.Duration
	bodyWithin     time.Duration
	openAPIJSON    func() ([]byte, error)
	library        func() *library.Library
	gaps           *gaps.Desk
	promoted       func()
	handoffs       Handoffs
	inbound        func(body []byte, h http.Header) error
	trail          Trail
	identities     *identities
	quotas         Quotas
	statement      Statement

	router   *gin.Engine
	http     *http.Server
	stop     context.CancelFunc // ends every request's context
	draining atomic.Bool
}

// New builds a server. It panics where something that is needed is missing: that is a mistake in wiring.
func New(c Config) *Server {
	if c.Bot == nil || c.Sessions == nil || c.Keys == nil || len(c.TokenSecret) < minSecret {
		panic("httpapi: Bot, Sessions, Keys and a TokenSecret of at least 16 bytes are needed")
	}
	if c.Library != nil && c.Trail == nil {
		panic("httpapi: a Library needs a Trail")
	}
	c = c.withDefaults()
	s := &Server{
		bot: c.Bot, sessions: c.Sessions, keys: keyCache{source: c.Keys, now: c.Now},
		tokens: newTokens(c.TokenSecret, c.TokenTTL, c.Now), limits: c.Limits,
		parts: c.Parts, metricsHandler: c.Metrics, observe: c.Observe, trace: c.Trace, pages: c.Pages, log: c.Log, now: c.Now,
		started: c.Now(), heartbeat: c.Heartbeat, writeWithin: c.WriteWithin, bodyWithin: c.ReadWithin, openAPIJSON: sync.OnceValues(openAPIDocument),
		gate:    admission.New(admission.Options{Turns: c.Limits.Turns, Queue: c.Limits.Queue, Wait: c.Limits.QueueWait}),
		library: c.Library, gaps: c.Gaps, handoffs: c.Handoffs, inbound: c.Inbound, promoted: c.Promoted, trail: c.Trail, identities: newIdentities(c.Identity, c.Now),
		quotas: c.Quotas, statement: c.Statement,
	}
	var err error
	if s.router, err = s.engine(c.TrustedProxies); err != nil {
		panic("httpapi: TrustedProxies: " + err.Error())
	}
	base, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.http = &http.Server{
		Handler:           s.router,
		BaseContext:       func(net.Listener) context.Context { return base },
		ReadHeaderTimeout: c.ReadWithin,
		WriteTimeout:      c.Limits.turnWithin() + time.Minute, // streams set their own, for each write
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug),
	}
	return s
}

func (c Config) withDefaults() Config {
	if c.TokenTTL == 0 {
		c.TokenTTL = 24 * time.Hour
	}
	c.Limits = c.Limits.withDefaults()
	if c.Observe == nil {
		c.Observe = unobserved{}
	}
	if c.Quotas == nil {
		c.Quotas = unlimited{}
	}
	if c.Trace == nil {
		c.Trace = unobserved{}
	}
	if c.Promoted == nil {
		c.Promoted = func() {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Heartbeat == 0 {
		c.Heartbeat = 15 * time.Second
	}
	if c.WriteWithin == 0 {
		c.WriteWithin = 10 * time.Second
	}
	if c.ReadWithin == 0 {
		c.ReadWithin = 10 * time.Second
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

type unobserved struct{}

func (unobserved) HTTP(string, string, int, time.Duration) {}
func (unobserved) QueueWait(time.Duration)                 {}
func (unobserved) Shed(string)                             {}

func (unobserved) Request(r *http.Request, _, _ string) (context.Context, func(int)) {
	return r.Context(), func(int) {}
}

// Handler is the whole face, for a server of the caller's own. It needs a WriteTimeout, which makes the server forget
// the deadlines that streams set.
func (s *Server) Handler() http.Handler { return s.router }

// Serve accepts connections until Shutdown, and then returns nil.
func (s *Server) Serve(l net.Listener) error {
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// lastWords is how long streams that are ended by a shutdown have to say so.
const lastWords = 3 * time.Second

// Shutdown stops accepting, answers 503 to /readyz, and waits for what is under way until ctx ends. What is still
// under way then is ended: turns are recorded as far as they came, and readers are told. It returns ctx's error in
// that case, nil if everything ended by itself.
func (s *Server) Shutdown(ctx context.Context) error {
	s.draining.Store(true)
	err := s.http.Shutdown(ctx)
	s.stop()
	if err == nil {
		return nil
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	if s.http.Shutdown(late) != nil {
		_ = s.http.Close()
	}
	return err
}

// Drain makes /readyz answer 503 from now on, so that no new requests are sent here before Shutdown.
func (s *Server) Drain() { s.draining.Store(true) }
