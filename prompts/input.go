package prompts

import "switchboard"

// Input is everything that a caller supplies to a prompt: one fixed table, so that a template which wants anything
// else is refused when it is loaded. A field's JSON name is the variable's name in templates and in the JSON that
// [Set.RenderJSON] reads. A field that is left at its zero value counts as not supplied: the template's default is
// taken if it has one, and an {{#if}} on it is false.
type Input struct {
	Operator  string `json:"operator"`  // the company as customers know it: "Vireo"
	Assistant string `json:"assistant"` // the bot's own name, may be empty
	Lang      string `json:"lang"`      // BCP 47 tag of the reply: "en", "es"
	Language  string `json:"language"`  // the same in English words; empty = LanguageName(Lang)

	Question  string   `json:"question"`  // masked, as the customer asked it
	Shown     string   `json:"shown"`     // what the customer has already read of a reply that broke off
	Reference string   `json:"reference"` // of a handoff request
	Back      string   `json:"back"`      // when the team is back, in the reply's language; "" while it is there
	Position  string   `json:"position"`  // in the team's queue, where it gave one
	Wait      string   `json:"wait"`      // that the team expects, in the reply's language, where it gave one
	Confirmed string   `json:"confirmed"` // the same, once the team has confirmed that it has it
	Urgent    string   `json:"urgent"`    // the policy's words for the danger that the customer tells of
	Choices   []string `json:"choices"`   // of a clarifying question, best first
	Topics    []string `json:"topics"`    // what the bot is for, in the reply's language

	Passages []Passage `json:"passages"` // to answer from, numbered as they are cited
	Quotes   []Passage `json:"quotes"`   // quoted word for word, where no model could answer

	// History is the conversation so far, oldest first. It is put where a prompt says {{history}}; it is not a
	// variable. Messages of users and assistants only: a system message in it is an error of Render.
	History []switchboard.Message `json:"history"`
}

// Passage is a passage as prompts see it. N is the number by which it is cited, from 1.
type Passage struct {
	N       int    `json:"n"`
	Title   string `json:"title"`   // of the document
	Section string `json:"section"` // headings above the passage, joined
	URL     string `json:"url"`
	Text    string `json:"text"`
}

// field is the value of a template variable.
func (in *Input) field(name string) value {
	switch name {
	case "operator":
		return textValue(in.Operator)
	case "assistant":
		return textValue(in.Assistant)
	case "lang":
		return textValue(in.Lang)
	case "language":
		if in.Language == "" && in.Lang != "" {
			return textValue(LanguageName(in.Lang))
		}
		return textValue(in.Language)
	case "question":
		return textValue(in.Question)
	case "shown":
		return textValue(in.Shown)
	case "reference":
		return textValue(in.Reference)
	case "back":
		return textValue(in.Back)
	case "position":
		return textValue(in.Position)
	case "wait":
		return textValue(in.Wait)
	case "confirmed":
		return textValue(in.Confirmed)
	case "urgent":
		return textValue(in.Urgent)
	case "choices":
		return listValue(textList(in.Choices))
	case "topics":
		return listValue(textList(in.Topics))
	case "passages":
		return listValue(passageList(in.Passages))
	case "quotes":
		return listValue(passageList(in.Quotes))
	}
	return value{}
}

func (in *Input) names() []string {
	return []string{
		"operator", "assistant", "lang", "language", "question", "shown", "reference",
		"back", "position", "wait", "confirmed", "urgent", "choices", "topics",
		"passages", "quotes",
	}
}

func (p *Passage) field(name string) value {
	switch name {
	case "n":
		return value{kind: kindNumber, num: float64(p.N)}
	case "title":
		return textValue(p.Title)
	case "section":
		return textValue(p.Section)
	case "url":
		return textValue(p.URL)
	case "text":
		return textValue(p.Text)
	}
	return value{}
}

func (p *Passage) names() []string { return []string{"n", "title", "section", "url", "text"} }

// size estimates the bytes that the input puts into a prompt.
func (in *Input) size() int {
	n := len(in.Question) + len(in.Shown) + 256
	for i := range in.Passages {
		p := &in.Passages[i]
		n += len(p.Title) + len(p.Section) + len(p.Text) + len(p.Text)/16 + 16
	}
	return n
}

// inputSchema is the table of what an Input supplies, in the words of a schema. What somebody outside the company
// may have written is foreign: lint wants it away from instructions.
func inputSchema() *schema {
	text := func(name string) property { return property{name: name, typ: &schema{typ: typeString}} }
	foreign := func(name string) property {
		return property{name: name, typ: &schema{typ: typeString, foreign: true}}
	}
	texts := func(name string) property {
		return property{name: name, typ: &schema{typ: typeArray, item: &schema{typ: typeString}}}
	}
	passages := func(name string) property {
		return property{name: name, typ: &schema{typ: typeArray, item: &schema{typ: typeObject, fields: []property{
			{name: "n", typ: &schema{typ: typeInteger}},
			foreign("title"), foreign("section"), foreign("url"), foreign("text"),
		}}}}
	}
	return &schema{typ: typeObject, fields: []property{
		text("operator"), text("assistant"), text("lang"), text("language"),
		foreign("question"), foreign("shown"), text("reference"),
		text("back"), text("position"), text("wait"), text("confirmed"), text("urgent"),
		texts("choices"), texts("topics"), passages("passages"), passages("quotes"),
	}}
}

// LanguageName is the English name of a language by its BCP 47 tag, for a prompt that tells a model which language to
// write; the tag itself where the name is not known.
func LanguageName(tag string) string {
	switch primaryTag(tag) {
	case "ar":
		return "Arabic"
	case "ca":
		return "Catalan"
	case "de":
		return "German"
	case "en":
		return "English"
	case "es":
		return "Spanish"
	case "eu":
		return "Basque"
	case "fr":
		return "French"
	case "gl":
		return "Galician"
	case "it":
		return "Italian"
	case "nl":
		return "Dutch"
	case "pl":
		return "Polish"
	case "pt":
		return "Portuguese"
	case "ro":
		return "Romanian"
	case "ru":
		return "Russian"
	case "tr":
		return "Turkish"
	case "uk":
		return "Ukrainian"
	case "zh":
		return "Chinese"
	}
	return tag
}
