// Package llmtest is an upstream for tests: an HTTP server on a real loopback socket that speaks OpenAI's wire protocol
// and does, on the wire, what upstreams do on their worst days.
//
// Read [Script] first: it is one response, as a list of steps. [NewServer] starts a [Server]; [Server.Queue] says what
// comes next, [Server.Calls] what was asked, and [Server.Ended] waits for a call to end and says whether the client left.
//
//	srv := llmtest.NewServer(llmtest.Options{})
//	defer srv.Close()
//	srv.Queue(llmtest.Fail(503).WithRetryAfter("2"), llmtest.Say("A day pass costs €4.99. [1]"))
//	model, err := llm.NewModel(llm.ModelConfig{Name: "primary", BaseURL: srv.URL, Model: "stub"})
//
// The package knows nothing of who asks it.
package llmtest
