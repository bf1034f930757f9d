package drill

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"switchboard"
)

// Face is one of the gateway's two ways to talk.
type Face string

// The faces.
const (
	Widget      Face = "widget"      // the widget's API, a UI message stream
	OpenAI      Face = "openai"      // chat completions, streamed
	OpenAIWhole Face = "openai json" // chat completions in one piece
)

// Conversation is what a customer holds: its id, and the token that it is entered with.
type Conversation struct {
	ID    string `json:"id"`
	Token string `json:"token"`
}

// Reply is what a customer got for one message, as it came over the wire.
type Reply struct {
	Status     int                // of the response
	RetryAfter string             // of the response, where it was refused
	Text       string             // as it was streamed
	Answer     switchboard.Answer // of data-message, or as much as the other face tells
	First      time.Duration      // until the first text; 0 if there was none
	Total      time.Duration
	Replayed   bool   // told from the record
	Finished   bool   // a finish part, or a finish_reason
	Done       bool   // data: [DONE], or a whole body
	Failed     string // of an error part
	Raw        string // everything that came, of streams their events' data
}

// Whole reports whether the reply came to its proper end.
func (r Reply) Whole() bool { return r.Status == http.StatusOK && r.Finished && r.Done }

// Customer talks to a gateway. It is safe for concurrent use.
type Customer struct {
	base   string
	client *http.Client
}

// NewCustomer returns a customer of the gateway at base, who opens at most as many connections as are needed.
func NewCustomer(base string) *Customer {
	return &Customer{base: base, client: &http.Client{Transport: &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		MaxIdleConnsPerHost: 4096, DisableCompression: true,
	}}}
}

// Close closes the idle connections.
func (c *Customer) Close() { c.client.CloseIdleConnections() }

// Open begins a conversation.
func (c *Customer) Open(ctx context.Context) (Conversation, error) {
	var conv Conversation
	resp, err := c.send(ctx, http.MethodPost, "/v1/conversations", "", "application/json", []byte(`{"locale":"en"}`))
	if err != nil {
		return conv, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		return conv, fmt.Errorf("open a conversation: status %d", resp.StatusCode)
	}
	return conv, json.NewDecoder(resp.Body).Decode(&conv)
}

func (c *Customer) send(ctx context.Context, method, path, token, accept string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", accept)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return c.client.Do(req)
}

// errLeft ends a reply that the customer does not want to hear to its end.
var errLeft = errors.New("the customer leaves")

// Message is what a customer says.
type Message struct {
	Text     string
	ClientID string             // client_message_id, "" for none
	Hear     func(string) error // told each piece of text; its error ends the reading and the connection. May be nil
}

// Ask says a message in a conversation of the widget and reads the reply to its end. An error is that of the
// connection or of Hear; what came until then is returned with it.
func (c *Customer) Ask(ctx context.Context, conv Conversation, m Message) (Reply, error) {
	body, err := json.Marshal(struct {
		Text     string `json:"text"`
		ClientID string `json:"client_message_id,omitempty"`
	}{m.Text, m.ClientID})
	if err != nil {
		return Reply{}, err
	}
	began := time.Now()
	resp, err := c.send(ctx, http.MethodPost, "/v1/conversations/"+conv.ID+"/messages", conv.Token, "text/event-stream", body)
	if err != nil {
		return Reply{Total: time.Since(began)}, err
	}
	defer resp.Body.Close()
	r := Reply{Status: resp.StatusCode, RetryAfter: resp.Header.Get("Retry-After")}
	r.Replayed = resp.Header.Get("Idempotent-Replayed") != ""
	if resp.StatusCode == http.StatusOK {
		err = readEvents(resp.Body, func(data []byte) error { return r.part(data, began, m.Hear) })
	}
	r.Total = time.Since(began)
	return r, err
}

// part takes in one part of a UI message stream.
func (r *Reply) part(data []byte, began time.Time, hear func(string) error) error {
	r.Raw += string(data)
	if string(data) == "[DONE]" {
		r.Done = true
		return nil
	}
	var p struct {
		Type, Delta, ErrorText string
		Data                   *switchboard.Answer
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return fmt.Errorf("a part that is not JSON: %w", err)
	}
	switch p.Type {
	case "text-delta":
		return r.heard(p.Delta, began, hear)
	case "data-message":
		if p.Data == nil {
			return errors.New("a data-message without data")
		}
		r.Answer = *p.Data
	case "error":
		r.Failed = p.ErrorText
	case "finish":
		r.Finished = true
	}
	return nil
}

func (r *Reply) heard(text string, began time.Time, hear func(string) error) error {
	if r.First == 0 && strings.TrimSpace(text) != "" {
		r.First = time.Since(began)
	}
	r.Text += text
	if hear == nil {
		return nil
	}
	return hear(text)
}

// readEvents gives the data of each event to do, until the stream ends. A stream that breaks off is an error.
func readEvents(body io.Reader, do func(data []byte) error) error {
	in := bufio.NewReader(body)
	for {
		line, err := in.ReadBytes('\n')
		if data, ok := bytes.CutPrefix(bytes.TrimRight(line, "\r\n"), []byte("data: ")); ok && err == nil {
			if err := do(data); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// chunk is as much as a customer reads of a chat completion, whole or in chunks.
type chunk struct {
	Choices []struct {
		Delta, Message struct{ Content string }
		FinishReason   *string `json:"finish_reason"`
	}
	Usage struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
	}
	Error       json.RawMessage
	Switchboard *struct {
		switchboard.Answer
		MessageID string `json:"message_id"`
	}
}

// Chat says a message through the OpenAI-compatible face, which opens a conversation for it.
func (c *Customer) Chat(ctx context.Context, stream bool, m Message) (Reply, error) {
	body, err := json.Marshal(map[string]any{
		"model": "switchboard", "stream": stream, "messages": []map[string]string{{"role": "user", "content": m.Text}},
	})
	if err != nil {
		return Reply{}, err
	}
	began := time.Now()
	resp, err := c.send(ctx, http.MethodPost, "/v1/chat/completions", "", "application/json", body)
	if err != nil {
		return Reply{Total: time.Since(began)}, err
	}
	defer resp.Body.Close()
	r := Reply{Status: resp.StatusCode, RetryAfter: resp.Header.Get("Retry-After")}
	switch {
	case resp.StatusCode != http.StatusOK:
	case stream:
		err = readEvents(resp.Body, func(data []byte) error { return r.chunk(data, began, m.Hear) })
	default:
		var whole []byte
		if whole, err = io.ReadAll(resp.Body); err == nil {
			err = r.chunk(whole, began, m.Hear)
			r.Done = true
		}
	}
	r.Total = time.Since(began)
	return r, err
}

// chunk takes in one chunk of a chat completion.
func (r *Reply) chunk(data []byte, began time.Time, hear func(string) error) error {
	r.Raw += string(data)
	if string(data) == "[DONE]" {
		r.Done = true
		return nil
	}
	var k chunk
	if err := json.Unmarshal(data, &k); err != nil {
		return fmt.Errorf("a chunk that is not JSON: %w", err)
	}
	if len(k.Error) > 0 {
		r.Failed = string(k.Error)
	}
	if s := k.Switchboard; s != nil {
		text := r.Answer.Text
		r.Answer = s.Answer
		r.Answer.ID, r.Answer.Text = s.MessageID, text
	}
	for _, choice := range k.Choices {
		r.Finished = r.Finished || choice.FinishReason != nil
		if text := choice.Delta.Content + choice.Message.Content; text != "" {
			if err := r.heard(text, began, hear); err != nil {
				return err
			}
		}
	}
	return nil
}

// Transcript reads a conversation's messages as its customer does: the replies with an id.
func (c *Customer) Transcript(ctx context.Context, conv Conversation) ([]switchboard.Answer, error) {
	resp, err := c.send(ctx, http.MethodGet, "/v1/conversations/"+conv.ID, conv.Token, "application/json", nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, errors.New("read the transcript: status " + strconv.Itoa(resp.StatusCode))
	}
	var body struct {
		Messages []switchboard.Answer `json:"messages"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		return nil, err
	}
	replies := body.Messages[:0]
	for _, m := range body.Messages {
		if m.Role == switchboard.RoleAssistant {
			replies = append(replies, m)
		}
	}
	return replies, nil
}
