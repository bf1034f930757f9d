package drill

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"

	"switchboard/gateway/llm/llmtest"
)

// Fault is one thing that an upstream does wrong: a row of the table. One of Script, Raw and Refuse says what it does
// from the start; Mid, where it is set, what it does after a sentence has been shown.
type Fault struct {
	Name   string
	Script llmtest.Script // a response over HTTP
	Raw    func(net.Conn) // bytes on the connection, which is closed when it returns
	TLS    bool           // Raw is spoken to in TLS
	Cert   bool           // the upstream's certificate is nobody's
	Refuse bool           // nothing listens

	Mid []llmtest.Step // what follows a sentence and a half; nil where the fault cannot come that late

	// Outcomes are what the attempt may be recorded as; several where the moment decides.
	Outcomes []string
	// Fine says that it is none to the customer: the faulty model's own answer arrives.
	Fine bool
	// Ends says that no other model is asked: what was verified is shown, and the reply ends honestly.
	Ends bool
}

// leak is in every error text of an upstream. No customer and no log may ever see it.
const leak = "sk-the-upstreams-own-words"

// upstream is a stub for one row.
type upstream struct {
	url   string
	calls func() []llmtest.Call // nil where it cannot tell
	count func() int            // of calls, or of connections
	close func()
}

// well is an upstream that answers as it should.
func well(reply func(llmtest.Call) llmtest.Script) upstream {
	srv := llmtest.NewServer(llmtest.Options{Reply: reply})
	return upstream{url: srv.URL, calls: srv.Calls, count: func() int { return len(srv.Calls()) }, close: srv.Close}
}

// start starts an upstream with the fault, from the start or after a sentence.
func (f Fault) start(mid bool) (upstream, error) {
	switch {
	case mid:
		script := llmtest.Stream(append([][]llmtest.Step{llmtest.Role(), llmtest.Text(sentences[0] + " " + torn)}, f.Mid)...)
		script.Gap = f.Script.Gap
		return well(func(llmtest.Call) llmtest.Script { return script }), nil
	case f.Refuse:
		return upstream{url: "http://127.0.0.1:1/v1", count: func() int { return 0 }, close: func() {}}, nil
	case f.Cert:
		return untrusted(), nil
	case f.Raw != nil:
		return raw(f.Raw, f.TLS)
	}
	return well(func(llmtest.Call) llmtest.Script { return f.Script }), nil
}

// untrusted is an upstream whose certificate no one has signed.
func untrusted() upstream {
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // it is meant to fail
	srv.StartTLS()
	return upstream{url: srv.URL + "/v1", count: func() int { return 0 }, close: srv.Close}
}

// raw is an upstream that does as it likes with its connections.
func raw(do func(net.Conn), inTLS bool) (upstream, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return upstream{}, err
	}
	var accepted atomic.Int64
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			go func() {
				defer conn.Close()
				do(conn)
			}()
		}
	}()
	scheme := "http://"
	if inTLS {
		scheme = "https://"
	}
	return upstream{
		url: scheme + listener.Addr().String() + "/v1", count: func() int { return int(accepted.Load()) }, close: func() { _ = listener.Close() },
	}, nil
}

// readRequest reads what has come of a request.
func readRequest(conn net.Conn) {
	_, _ = conn.Read(make([]byte, 64<<10)) // however much it is: nobody looks at it
}

func say(text string) func(net.Conn) {
	return func(conn net.Conn) {
		readRequest(conn)
		_, _ = io.WriteString(conn, text)
	}
}

// oldTLS speaks a version of TLS that nobody accepts any more.
func oldTLS(conn net.Conn) {
	config := &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10} //nolint:gosec // that is the fault
	_ = tls.Server(conn, config).Handshake()
}
