package httpapi

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"switchboard"
	"switchboard/gateway"
)

// modelName is the one model of the OpenAI-compatible face: the bot. Whatever model a request names, this one answers,
// because many clients cannot be told another name.
const modelName = "switchboard"

// maxHistory is how many earlier exchanges of a request are looked at, the latest ones.
const maxHistory = 20

// chatBody is a request of the OpenAI-compatible face. Settings that cannot change an answer of this bot (temperature,
// token limits, stop, seed, user, …) are ignored; what would promise something that it does not do is refused.
type chatBody struct {
	Messages       []chatMessage `json:"messages"`
	Stream         bool          `json:"stream"`
	StreamOptions  streamOptions `json:"stream_options"`
	N              *int          `json:"n"`
	Logprobs       bool          `json:"logprobs"`
	Tools          presence      `json:"tools"`
	Functions      presence      `json:"functions"`
	Audio          presence      `json:"audio"`
	ResponseFormat struct {
		Type string `json:"type"`
	} `json:"response_format"`
	Metadata    jsontext.Value `json:"metadata"`
	Switchboard struct {
		ConversationID string   `json:"conversation_id"`
		Locale         string   `json:"locale"`
		Audiences      []string `json:"audiences"` // of a secret key only
	} `json:"switchboard"`
}

type streamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

// presence is whether a member is there and not empty.
type presence bool

// UnmarshalJSON accepts any value.
func (p *presence) UnmarshalJSON(b []byte) error {
	switch string(bytes.TrimSpace(b)) {
	case "null", "[]", "{}", "false":
		return nil
	}
	*p = true
	return nil
}

// chatMessage is one message. Those of the roles system and developer are read and left out: a client's instructions
// are not instructions to this bot.
type chatMessage struct {
	Role    string      `json:"role"`
	Content chatContent `json:"content"`
}

// chatContent is a string, or text parts, which are joined by line breaks. Other is the type of a part that is not
// text, with its place.
type chatContent struct {
	text      string
	other     string
	wrongType bool
}

// UnmarshalJSON reads what OpenAI's clients send. It fails never: what is wrong is said with the message's place.
func (c *chatContent) UnmarshalJSON(b []byte) error {
	switch jsontext.Value(b).Kind() {
	case 'n':
		return nil
	case '"':
		return json.Unmarshal(b, &c.text)
	case '[':
	default:
		c.wrongType = true
		return nil
	}
	var parts []struct {
		Type string  `json:"type"`
		Text *string `json:"text"`
	}
	if err := json.Unmarshal(b, &parts, lenient); err != nil {
		c.wrongType = true
		return nil //nolint:nilerr // said by check, which knows the place
	}
	texts := make([]string, 0, len(parts))
	for i, p := range parts {
		if p.Type != "text" || p.Text == nil {
			c.other = strconv.Itoa(i)
			return nil
		}
		texts = append(texts, *p.Text)
	}
	c.text = strings.Join(texts, "\n")
	return nil
}

// check refuses what would promise something that the bot does not do.
func (b *chatBody) check() error {
	switch {
	case b.N != nil && *b.N != 1:
		return switchboard.FieldError("n", "This must be 1: there is one checked answer.")
	case bool(b.Tools):
		return switchboard.FieldError("tools", "Tools are not supported.")
	case bool(b.Functions):
		return switchboard.FieldError("functions", "Functions are not supported.")
	case bool(b.Audio):
		return switchboard.FieldError("audio", "Audio is not supported.")
	case b.Logprobs:
		return switchboard.FieldError("logprobs", "Log probabilities are not supported.")
	case b.ResponseFormat.Type != "" && b.ResponseFormat.Type != "text":
		return switchboard.FieldError("response_format", "Answers are text; other formats are not supported.")
	case b.Switchboard.Locale != "" && !isLocale(b.Switchboard.Locale):
		return switchboard.FieldError("switchboard.locale", `This must be a language tag such as "en" or "es-MX".`)
	case len(b.Messages) == 0:
		return switchboard.FieldError("messages", "There must be at least one message.")
	}
	for i, m := range b.Messages {
		if err := m.check("messages." + strconv.Itoa(i)); err != nil {
			return err
		}
	}
	last := len(b.Messages) - 1
	at := "messages." + strconv.Itoa(last)
	if b.Messages[last].Role != "user" {
		return switchboard.FieldError(at+".role", `The last message must be the user's.`)
	}
	return checkMessage(at+".content", b.Messages[last].Content.text)
}

func (m *chatMessage) check(at string) error {
	switch m.Role {
	case "system", "developer", "user", "assistant":
	case "tool", "function":
		return switchboard.FieldError(at+".role", "Tools are not supported.")
	default:
		return switchboard.FieldError(at+".role", `This must be "system", "developer", "user" or "assistant".`)
	}
	switch {
	case m.Content.other != "":
		return switchboard.FieldError(at+".content."+m.Content.other+".type", "Only text parts are supported.")
	case m.Content.wrongType:
		return switchboard.FieldError(at+".content", "This must be a string or a list of text parts.")
	case strings.IndexByte(m.Content.text, 0) >= 0:
		return switchboard.FieldError(at+".content", "This must not contain null characters.")
	}
	return nil
}

// conversation is the id of the conversation that the request goes on with, "" if it opens one.
func (b *chatBody) conversation() string {
	if b.Switchboard.ConversationID != "" {
		return b.Switchboard.ConversationID
	}
	var m struct {
		ConversationID string `json:"conversation_id"`
	}
	if len(b.Metadata) == 0 || json.Unmarshal(b.Metadata, &m, lenient) != nil {
		return "" // metadata is the client's own, in any shape
	}
	return m.ConversationID
}

// history is what was said before the last message, in exchanges: what the user said in a row is one question. It is
// in Text, as it was typed; the gateway masks it.
func (b *chatBody) history() []switchboard.Turn {
	var turns []switchboard.Turn
	answered := true
	for _, m := range b.Messages[:len(b.Messages)-1] {
		switch {
		case m.Content.text == "" || m.Role != "user" && m.Role != "assistant":
		case m.Role == "user" && answered:
			turns = append(turns, switchboard.Turn{Text: m.Content.text})
			answered = false
		case m.Role == "user":
			turns[len(turns)-1].Text += "\n" + m.Content.text
		case answered: // the assistant spoke first, or twice
			if len(turns) > 0 {
				turns[len(turns)-1].Answer.Text += "\n" + m.Content.text
			}
		default:
			turns[len(turns)-1].Answer = switchboard.Answer{Role: switchboard.RoleAssistant, Text: m.Content.text}
			answered = true
		}
	}
	return turns[max(0, len(turns)-maxHistory):]
}

// turn makes the turn that a request asks for. Going on with a conversation takes a secret key, because its id alone
// is no proof of anything; a conversation of one's own needs none.
func (s *Server) chatTurn(b *chatBody, who caller) (switchboard.Turn, error) {
	t := switchboard.Turn{
		ConversationID: b.conversation(), Text: b.Messages[len(b.Messages)-1].Content.text,
	}
	audiences, err := s.audiences(who, "switchboard.audiences", b.Switchboard.Audiences, "")
	if err != nil {
		return t, err
	}
	if t.ConversationID == "" {
		conv := s.bot.NewConversation(gateway.Opening{Locale: b.Switchboard.Locale, Audiences: audiences})
		conv.Turns = b.history()
		t.ConversationID, t.Opens = conv.ID, &conv
		return t, nil
	}
	if !who.open && !who.secret {
		return t, switchboard.Errorf(switchboard.Forbidden, "Only a secret key may go on with a conversation here.")
	}
	if b.Switchboard.Audiences != nil {
		return t, switchboard.FieldError("switchboard.audiences", "A conversation keeps the audiences that it was opened with.")
	}
	return t, nil
}

// chat is one turn through the OpenAI-compatible face.
func (s *Server) chat(c *gin.Context, who caller) error {
	arrived := time.Now()
	var in chatBody
	if err := decodeBody(c, maxChatBody, lenient, false, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	t, err := s.chatTurn(&in, who)
	if err != nil {
		return err
	}
	t.Key, t.Deadline = who.key.ID, arrived.Add(s.limits.TurnTimeout)
	shared := t.ConversationID
	if t.Opens != nil {
		shared = ""
	}
	leave, err := s.enter(c.Request.Context(), &t, shared)
	if err != nil {
		return err
	}
	defer leave()
	if err := s.withinQuotas(c, t); err != nil {
		return err
	}
	if in.Stream {
		return s.streamChat(c, t, in.StreamOptions.IncludeUsage)
	}
	answer, err := s.bot.Respond(c.Request.Context(), t, nil)
	if answer.ID == "" {
		return err
	}
	tellModels(c.Writer.Header(), answer)
	s.hurryReader(c)
	writeJSON(c, http.StatusOK, jsonType, completionOf(answer))
	return nil
}

type completion struct {
	ID          string             `json:"id"`
	Object      string             `json:"object"`
	Created     int64              `json:"created"`
	Model       string             `json:"model"`
	Choices     []choice           `json:"choices"`
	Usage       *usage             `json:"usage"`
	Fingerprint string             `json:"system_fingerprint,omitzero"`
	Switchboard *switchboardMember `json:"switchboard,omitzero"`
}

type choice struct {
	Index        int           `json:"index"`
	Message      *replyMessage `json:"message,omitzero"` // of a whole completion
	Delta        *replyMessage `json:"delta,omitzero"`   // of a chunk
	Logprobs     *struct{}     `json:"logprobs"`         // always null
	FinishReason *string       `json:"finish_reason"`
}

type replyMessage struct {
	Role        switchboard.Role `json:"role,omitzero"`
	Content     *string          `json:"content,omitzero"`
	Refusal     *nothing         `json:"refusal,omitzero"`
	Annotations []annotation     `json:"annotations,omitzero"`
}

// nothing is a member that is there and null.
type nothing struct{}

// MarshalJSON writes null.
func (nothing) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

type annotation struct {
	Type     string      `json:"type"`
	Citation urlCitation `json:"url_citation"`
}

// urlCitation says which characters of the content, counted in Unicode code points, are a marker of which source.
type urlCitation struct {
	Start int    `json:"start_index"`
	End   int    `json:"end_index"`
	URL   string `json:"url"`
	Title string `json:"title"`
}

type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
}

// switchboardMember is what OpenAI's shape has no place for.
type switchboardMember struct {
	Action         switchboard.Action     `json:"action"`
	Reason         switchboard.Reason     `json:"reason"`
	ConversationID string                 `json:"conversation_id"`
	MessageID      string                 `json:"message_id"`
	Release        switchboard.ReleaseID  `json:"release"`
	Prompt         string                 `json:"prompt"`
	Model          string                 `json:"model"`
	Citations      []switchboard.Citation `json:"citations"`
	Suggestions    []string               `json:"suggestions"`
	Handoff        *switchboard.Handoff   `json:"handoff"`
}

func completionOf(a switchboard.Answer) completion {
	finish := "stop"
	return completion{
		ID: completionID(a), Object: "chat.completion", Created: a.CreatedAt.Unix(), Model: modelName,
		Choices: []choice{{
			Message: &replyMessage{
				Role: switchboard.RoleAssistant, Content: &a.Text, Refusal: &nothing{}, Annotations: annotations(a),
			},
			FinishReason: &finish,
		}},
		Usage: usageOf(a), Fingerprint: string(a.Release), Switchboard: memberOf(a),
	}
}

func completionID(a switchboard.Answer) string { return "chatcmpl-" + a.ID }

func usageOf(a switchboard.Answer) *usage {
	u := a.Usage
	return &usage{Prompt: u.InputTokens, Completion: u.OutputTokens, Total: u.InputTokens + u.OutputTokens}
}

func memberOf(a switchboard.Answer) *switchboardMember {
	return &switchboardMember{
		Action: a.Action, Reason: a.Reason, ConversationID: a.ConversationID, MessageID: a.ID, Release: a.Release,
		Prompt: a.Prompt, Model: a.Model, Citations: a.Citations, Suggestions: a.Suggestions, Handoff: a.Handoff,
	}
}

// annotations lists every marker in the text that stands for a source with a URL, in the order of the text.
func annotations(a switchboard.Answer) []annotation {
	list := []annotation{}
	byNumber := make(map[int]switchboard.Citation, len(a.Citations))
	for _, c := range a.Citations {
		byNumber[c.N] = c
	}
	at := 0 // characters before rest
	for rest := a.Text; ; {
		i := strings.IndexByte(rest, '[')
		if i < 0 {
			return list
		}
		at += utf8.RuneCountInString(rest[:i])
		rest = rest[i:]
		end := strings.IndexByte(rest, ']') + 1
		n, err := strconv.Atoi(rest[1:max(1, end-1)])
		c, known := byNumber[n]
		if err != nil || !known {
			at, rest = at+1, rest[1:]
			continue
		}
		if c.URL != "" {
			list = append(list, annotation{"url_citation", urlCitation{at, at + end, c.URL, c.Title}})
		}
		at, rest = at+end, rest[end:]
	}
}

type modelList struct {
	Object string      `json:"object"`
	Data   []modelItem `json:"data"`
}

type modelItem struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

// models lists the one model.
func (s *Server) models(c *gin.Context, _ caller) error {
	writeJSON(c, http.StatusOK, jsonType, modelList{"list", []modelItem{{modelName, "model", s.started.Unix(), "switchboard"}}})
	return nil
}
