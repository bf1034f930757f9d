package llm_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"switchboard"
	"switchboard/gateway/llm"
)

// BenchmarkWire compares a model's call, a reply of 20 tokens, with a bare net/http POST that reads the same bytes and
// looks at none. The upstream is canned, so that nearly all of the figures are the client's: cpu-µs/op is the process's
// processor time, the system's part included.
func BenchmarkWire(b *testing.B) {
	req := llm.Request{Messages: []switchboard.Message{{Role: switchboard.RoleUser, Text: strings.Repeat("word ", 400)}}}
	for _, flushes := range []bool{false, true} {
		name := map[bool]string{false: "at once", true: "token by token"}[flushes]
		b.Run(name+"/bare", func(b *testing.B) {
			base := canned(b, stream(llm.OpenAI), flushes)
			body := []byte(`{"model":"stub","messages":[{"role":"user","content":"` + req.Messages[0].Text + `"}],"stream":true}`)
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			client := &http.Client{Transport: transport}
			measure(b, func() error { return bare(client, base+"/v1/chat/completions", body) })
		})
		for _, api := range apis {
			b.Run(name+"/"+string(api), func(b *testing.B) {
				m := newModel(b, "bench", canned(b, stream(api), flushes), patient, func(c *llm.ModelConfig) { c.API = api })
				measure(b, func() error {
					c, err := m.Complete(context.Background(), req, func(string) error { return nil })
					if err == nil && len(c.Text) != 20*len(" token") {
						err = fmt.Errorf("%q", c.Text)
					}
					return err
				})
			})
		}
	}
}

func bare(client *http.Client, url string, body []byte) error {
	r, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer key")
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// measure runs what is measured, with the process's time.
func measure(b *testing.B, call func() error) {
	b.ReportAllocs()
	before := processor()
	for b.Loop() {
		if err := call(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(processor()-before)/float64(b.N), "cpu-µs/op")
}

// processor is the microseconds that the process has used.
func processor() int64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return (u.Utime.Sec+u.Stime.Sec)*1e6 + u.Utime.Usec + u.Stime.Usec
}

// stream is the events of a reply, as OpenAI's and Anthropic's look.
func stream(api llm.API) []string {
	const head = `data: {"id":"chatcmpl-CdH1","object":"chat.completion.chunk","created":1764000000,"model":"stub","service_tier":"default",` +
		`"system_fingerprint":"fp_5","choices":[`
	events := []string{head + `{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}` + "\n\n"}
	token := head + `{"index":0,"delta":{"content":" token"},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"aK3p"}` + "\n\n"
	end := []string{
		head + `{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}` + "\n\n",
		head + `],"usage":{"prompt_tokens":400,"completion_tokens":20,"total_tokens":420}}` + "\n\n", "data: [DONE]\n\n",
	}
	if api == llm.Anthropic {
		events = []string{"event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[],\"model\":\"stub\",\"stop_reason\":null,\"usage\":{\"input_tokens\":400,\"output_tokens\":1}}}\n\n",
			"event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"}
		token = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" token\"}}\n\n"
		end = []string{"event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
			"event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":20}}\n\n",
			"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"}
	}
	for range 20 {
		events = append(events, token)
	}
	return append(events, end...)
}

// canned is an upstream that answers whatever it is asked with the events, in one write or one for each.
func canned(b *testing.B, events []string, flushes bool) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	writes := [][]byte{[]byte("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")}
	for _, e := range append(events, "") {
		writes = append(writes, []byte(strconv.FormatInt(int64(len(e)), 16)+"\r\n"+e+"\r\n"))
	}
	if !flushes {
		writes = [][]byte{bytes.Join(writes, nil)}
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				r := bufio.NewReaderSize(conn, 64<<10)
				for readRequest(r) == nil {
					for _, w := range writes {
						if _, err := conn.Write(w); err != nil {
							return
						}
					}
				}
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// readRequest reads one request without looking at it.
func readRequest(r *bufio.Reader) error {
	length := 0
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if rest, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			length, _ = strconv.Atoi(string(bytes.TrimSpace(rest)))
		}
		if len(line) <= 2 {
			_, err = r.Discard(length)
			return err
		}
	}
}
