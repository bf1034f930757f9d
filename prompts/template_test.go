package prompts

import (
	"fmt"
	"strings"
	"testing"

	"switchboard"
)

// header declares what the templates of these tests use.
const header = `---
input:
  schema:
    operator: string
    assistant?: string
    question: string
    lang?: string
    choices(array): string
    topics(array): string
    passages(array):
      n: integer
      title: string
      text: string
    tone: string
    limit: number
    strict: boolean
    shop: {name: string, open: boolean}
  default: {tone: warm, limit: 2.5, strict: true, shop: {name: Corner, open: false}}
---
`

func TestTemplates(t *testing.T) {
	in := Input{
		Operator: "Vireo", Question: "<b>&\"why\"?", Lang: "es", Choices: []string{"one", "two", "three"},
		Passages: []Passage{{N: 1, Title: "A", Text: "a\nb"}, {N: 2, Title: "B\n\tC", Text: "c"}},
	}
	for _, c := range []struct{ name, body, want string }{
		{"text alone", "Hello", "Hello"},
		{"a value is not escaped", "{{question}}", `<b>&"why"?`},
		{"triple braces and &", "{{{question}}} {{& operator}}", `<b>&"why"? Vireo`},
		{"an empty optional value", "[{{assistant}}]", "[]"},
		{"defaults of the template", "{{tone}} {{limit}} {{strict}} {{shop.name}}", "warm 2.5 true Corner"},
		{"literals", `{{"a}}b"}} {{7}} {{-1.5}} {{true}}`, "a}}b 7 -1.5 true"},
		{"an escaped tag", `\{{question}} {{operator}}`, "{{question}} Vireo"},
		{"an escaped backslash", `a\\{{operator}}`, `a\Vireo`},
		{"a lone brace", "{ {operator} }", "{ {operator} }"},
		{"comments", "a{{! no }}b{{!-- {{no}} --}}c{{~!-- no --~}} d", "abcd"},
		{"if", "{{#if operator}}yes{{/if}}{{#if assistant}}no{{/if}}", "yes"},
		{"if else", "{{#if assistant}}a{{else}}b{{/if}}", "b"},
		{"if with ^", "{{#if assistant}}a{{^}}b{{/if}}", "b"},
		{"else if", "{{#if assistant}}a{{else if topics}}b{{else if operator}}c{{else}}d{{/if}}", "c"},
		{"else if, last", "{{#if assistant}}a{{else if topics}}b{{else}}d{{/if}}", "d"},
		{"unless", "{{#unless topics}}none{{else}}some{{/unless}}", "none"},
		{"truth of an empty list", "{{#if topics}}a{{/if}}{{#if choices}}b{{/if}}", "b"},
		{"each", "{{#each choices}}{{this}},{{/each}}", "one,two,three,"},
		{"each else", "{{#each topics}}x{{else}}none{{/each}}", "none"},
		{"index, first, last", "{{#each choices}}{{@index}}{{#if @first}}<{{/if}}{{#if @last}}>{{/if}}{{/each}}", "0<12>"},
		{"fields of an item", "{{#each passages}}[{{n}}] {{this.title}} {{./text}};{{/each}}", "[1] A a\nb;[2] B\n\tC c;"},
		{"above the loop", "{{#each passages}}{{../operator}}{{@root.operator}}{{/each}}", "VireoVireoVireoVireo"},
		{"loops in loops", "{{#each passages}}{{#each ../choices}}{{@../index}}{{@index}}{{../n}} {{/each}}{{/each}}",
			"001 011 021 102 112 122"},
		{"an if is no level", "{{#each passages}}{{#if n}}{{../lang}}{{/if}}{{/each}}", "eses"},
		{"eq", `{{#if (eq lang "es")}}a{{/if}}{{#if (eq lang "en")}}b{{/if}}{{#if (eq limit 2.5)}}c{{/if}}`, "ac"},
		{"ifEquals", `{{#ifEquals lang "es"}}a{{else}}b{{/ifEquals}}{{#unlessEquals lang "es"}}c{{/unlessEquals}}`, "a"},
		{"and, or, not", "{{#if (and operator (not topics) (or assistant lang))}}yes{{/if}}", "yes"},
		{"or gives the value", `{{or assistant "Bot"}}`, "Bot"},
		{"join", `{{join choices ", "}}|{{join choices ", " " and "}}|{{join topics ","}}|`, "one, two, three|one, two and three||"},
		{"json", `{{json question}} {{json choices}} {{json shop}} {{json limit}}`,
			`"<b>&\"why\"?" ["one","two","three"] {"name":"Corner","open":false} 2.5`},
		{"line", `{{#each passages}}{{line title}}/{{/each}}`, "A/B C/"},
		{"quote", "{{#each passages}}{{quote text}}\n{{/each}}", "> a\n> b\n> c"},
		{"~", "a  {{~operator~}}  b {{~#if lang~}} c {{~/if~}} d", "aVireobcd"},
		{"a block's own lines go", "a\n{{#if lang}}\nb\n{{else}}\nc\n{{/if}}\nd", "a\nb\nd"},
		{"an indented block's lines go", "a\n  {{#each choices}}  \n  {{this}}\n  {{/each}}\nd", "a\n  one\n  two\n  three\nd"},
		{"a comment's own line goes", "a\n{{! x }}\nb\n  {{!-- y --}}\nc", "a\nb\nc"},
		{"blocks within a line stay", "a {{#if lang}}\nb{{/if}}\nc", "a \nb\nc"},
		{"blank lines around blocks stay", "a\n\n{{#if lang}}\nb\n{{/if}}\n\nc", "a\n\nb\n\nc"},
		{"values keep their line", "a\n{{operator}}\nb", "a\nVireo\nb"},
		{"white space around goes", "\n\n  a  \n\n", "a"},
		{"a partial", "x {{> p}} y", "x P:Vireo y"},
		{"a partial's own line goes", "a\n{{> line-of-it }}\nb", "a\nL\nb"},
		{"a partial with a context", "{{#each passages}}{{> item}}{{/each}}{{> item passages-less}}", ""},
		{"a partial in a loop", "{{#each passages}}{{> item}}{{/each}}", "1A2B\n\tC"},
		{"a partial with an object", "{{> shop shop}}", "Corner at Vireo"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Load(files("t.prompt", header+c.body, "_p.prompt", "P:{{~operator~}}\n",
				"_line-of-it.prompt", "L\n", "_item.prompt", "{{n}}{{title~}}\n", "_shop.prompt", "{{name}} at {{@root.operator~}}\n"))
			if c.want == "" {
				if err == nil {
					t.Fatal("expected an error")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.Text("t", "", in)
			if err != nil || got != c.want {
				t.Errorf("got %q, %v\nwant %q", got, err, c.want)
			}
		})
	}
}

func TestRoles(t *testing.T) {
	in := Input{Operator: "Vireo", Question: "Q", History: []switchboard.Message{{Role: "user", Text: "h1"}, {Role: "assistant", Text: "h2"}}}
	for _, c := range []struct{ name, body, want string }{
		{"no marker is the user", "a", "user:h1|assistant:h2|user:a"},
		{"system and user", `{{role "system"}} a {{role "user"}} {{question}}`, "system:a|user:h1|assistant:h2|user:Q"},
		{"text before a marker", `x {{role "system"}} a`, "user:x|system:a|user:h1|assistant:h2"},
		{"white space before a marker", "\n {{role \"system\"}} a", "system:a|user:h1|assistant:h2"},
		{"history in its place", `{{role "system"}}a{{history}}{{role "user"}}b`, "system:a|user:h1|assistant:h2|user:b"},
		{"after history comes the model", `{{role "system"}}a{{history}}b`, "system:a|user:h1|assistant:h2|assistant:b"},
		{"model and assistant are one", `{{role "user"}}a{{role "model"}}b{{role "assistant"}}c{{role "user"}}d`,
			"user:a|assistant:b|assistant:c|user:h1|assistant:h2|user:d"},
		{"an empty message goes", `{{role "system"}}{{assistant}}{{role "user"}}b`, "user:h1|assistant:h2|user:b"},
		{"an escaped marker is text", `{{role "user"}}\{{role "system"}}`, `user:h1|assistant:h2|user:{{role "system"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := load(t, "t.prompt", header+c.body).Prompt("t", "")
			if err != nil {
				t.Fatal(err)
			}
			messages, err := p.Render(in)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range messages {
				got = append(got, string(m.Role)+":"+m.Text)
			}
			if g := strings.Join(got, "|"); g != c.want {
				t.Errorf("got  %s\nwant %s", g, c.want)
			}
		})
	}
}

func TestLoadErrors(t *testing.T) {
	body := func(s string) []string { return []string{"t.prompt", header + s} }
	at := strings.Count(header, "\n") + 1
	line := func(s string) string { return fmt.Sprintf("t.prompt:%d: %s", at, s) }
	for _, c := range []struct {
		name  string
		files []string
		want  string // lines of the error
	}{
		{"an undeclared variable", body("{{nothing}}"), line(`"nothing" is not declared in input.schema`)},
		{"no schema at all", []string{"t.prompt", "{{operator}}"}, `t.prompt:1: "operator" is not declared: there is no input.schema`},
		{"an unknown field", body("{{#each passages}}{{url}}{{/each}}"), line(`"url" is not a field of {n, title, text}`)},
		{"a root's name in a loop", body("{{#each passages}}{{operator}}{{/each}}"),
			line(`"operator" is not a field of {n, title, text}: outside the loop it is @root.operator`)},
		{"a field of text", body("{{operator.name}}"), line(`"operator.name" has no fields: it is string, so there is no "name"`)},
		{"too many ../", body("{{../operator}}"), line(`"../operator" goes above the outermost context`)},
		{"@index outside a loop", body("{{@index}}"), line(`"@index" outside {{#each}}`)},
		{"each over text", body("{{#each operator}}{{/each}}"), line("{{#each}} over string, which is no list")},
		{"a list written out", body("{{choices}}"), line("a whole array of string cannot be written out: use {{#each}}, {{join}} or {{json}}")},
		{"a list given to quote", body("{{quote choices}}"), line(`helper "quote" takes plain values, not array of string`)},
		{"a text given to join", body(`{{join operator ","}}`), line(`helper "join" joins a list of plain values, not string`)},
		{"an unknown helper", body("{{upper operator}}"), line(`unknown helper "upper": and, eq, join, json, line, not, or, quote`)},
		{"an unknown block", body("{{#with shop}}{{/with}}"), line("unknown block {{#with}}: if, unless, each, ifEquals, unlessEquals")},
		{"too few arguments", body("{{#if (eq lang)}}{{/if}}"), line(`helper "eq" takes 2 argument(s), not 1`)},
		{"a helper without arguments", body("{{quote}}"), line(`helper "quote" takes 1 argument(s), not 0`)},
		{"an unclosed tag", body("a {{operator"), line("tag {{ is not closed by }}")},
		{"an unclosed comment", body("{{!-- a }}"), line("comment {{!-- is not closed by --}}")},
		{"an unclosed block", body("{{#if lang}}a"), line("{{#if}} is not closed")},
		{"a wrong close", body("{{#if lang}}a{{/each}}"), line(fmt.Sprintf("{{/each}} closes {{#if}} of line %d", at))},
		{"a stray close", body("a{{/if}}b"), line("{{/if}} closes nothing")},
		{"a stray else", body("a{{else}}b"), line("{{else}} outside a block")},
		{"two elses", body("{{#if lang}}{{else}}{{else}}{{/if}}"), line("second {{else}} in {{#if}}")},
		{"an unclosed string", body(`{{eq lang "es}}`), line("tag {{ is not closed by }}")},
		{"named arguments", body(`{{json shop indent=2}}`), line("named arguments (indent=2) are not supported")},
		{"block parameters", body("{{#each choices as |c|}}{{/each}}"), line("block parameters (as |…|) are not supported")},
		{"raw blocks", body("{{{{raw}}}}"), line(`raw blocks {{{{ are not supported; write \{{ for braces in text`)},
		{"a role from a variable", body("{{role lang}}"), line("{{role}} takes a role in quotes, never a variable")},
		{"an unknown role", body(`{{role "tool"}}`), line(`unknown role "tool": system, user, model`)},
		{"a role in a block", body("{{#if lang}}{{role \"system\"}}{{/if}}"), line("{{role}} stands at the top level of a prompt, not in a block or a partial")},
		{"a role in a partial", []string{"t.prompt", "{{> p}}", "_p.prompt", "x\n{{role \"system\"}}"},
			"_p.prompt:2: {{role}} stands at the top level of a prompt, not in a block or a partial"},
		{"history in a block", body("{{#if lang}}{{history}}{{/if}}"), line("{{history}} stands at the top level of a prompt, not in a block or a partial")},
		{"a missing partial", body("{{> none}}"), line(`there is no partial "none": _none.prompt is missing`)},
		{"a circle of partials", []string{"t.prompt", "{{> p}}", "_p.prompt", "{{> q}}", "_q.prompt", "a\n{{> p}}"},
			`_q.prompt:2: partial "p" includes itself`},
		{"a mistake in a partial, once", []string{"t.prompt", "{{> p}}", "u.prompt", "{{> p}}", "_p.prompt", "\n{{x}}"},
			`_p.prompt:2: "x" is not declared: there is no input.schema`},
		{"a variable that nothing supplies", []string{"t.prompt", "---\ninput:\n  schema:\n    qestion: string\n---\nx"},
			`t.prompt:4: nothing supplies "qestion" and it has no default; supplied are operator, assistant, lang, language, question, shown, reference, back, position, wait, confirmed, urgent, choices, topics, passages, quotes`},
		{"a mistyped variable", []string{"t.prompt", "---\ninput:\n  schema:\n    question: integer\n    passages(array): string\n    topics(array):\n      name: string\n---\nx"},
			"t.prompt:4: \"question\" is supplied as string, not as integer\n" +
				"t.prompt:5: \"passages\" is a list whose item is supplied as {n, title, section, url, text}, not as string\n" +
				"t.prompt:6: \"topics\" is a list whose item is supplied as string, not as {name}"},
		{"a passage without that field", []string{"t.prompt", "---\ninput:\n  schema:\n    passages(array): {score: number}\n---\nx"},
			`t.prompt:4: "passages" is a list whose item has no field "score": {n, title, section, url, text}`},
		{"a helper's name", []string{"t.prompt", "---\ninput: {schema: {line: string}}\n---\nx"},
			`t.prompt:2: "line" cannot be a variable: it is a helper's name`},
		{"unknown types and forms", []string{"t.prompt", "---\ninput:\n  schema:\n    lang: text\n    topics(list): string\n---\nx"},
			"t.prompt:4: unknown type \"text\": string, number, integer, boolean, null or any\n" +
				"t.prompt:5: unknown form (list) of topics: array, object or enum"},
		{"bad defaults", []string{"t.prompt", "---\ninput:\n  schema:\n    lang: string\n    tone(enum): [a, b]\n    deep: {x: integer}\n  default:\n    lang: [1]\n    tone: c\n    deep: {x: yes it is, y: 1}\n    other: 1\n---\nx"},
			"t.prompt:8: default of lang is a list, not string\n" +
				"t.prompt:9: default of tone is \"c\", not one of a, b\n" +
				"t.prompt:10: default of deep.x is string, not integer\n" +
				"t.prompt:10: default of deep has a field \"y\" that is not declared\n" +
				"t.prompt:11: default for \"other\", which input.schema does not declare"},
		{"bad front matter", []string{"t.prompt", "---\nconfg: 1\nconfig:\n  temperature: hot\n  topP: 2\n  maxOutputTokens: 1.5\ninput: {shema: 1}\noutput: {format: xml}\nname: u\n---\nx"},
			"t.prompt:2: unknown key \"confg\"\n" +
				"t.prompt:4: temperature is not a number from 0 to 2\n" +
				"t.prompt:5: topP is not a number from 0 to 1\n" +
				"t.prompt:6: maxOutputTokens is not a whole number\n" +
				"t.prompt:7: unknown key \"shema\" in input\n" +
				"t.prompt:8: output.format is \"xml\": text or json\n" +
				"t.prompt:9: name is \"u\", but the file's name says \"t\""},
		{"broken YAML", []string{"t.prompt", "# licence\n---\nmodel: a\n  b: c\n---\nx"}, "t.prompt:4: front matter: mapping values are not allowed in this context"},
		{"a key twice", []string{"t.prompt", "---\nmodel: a\nmodel: b\n---\nx"}, `t.prompt:3: "model" stands twice`},
		{"aliases", []string{"t.prompt", "---\nmodel: &m a\ndescription: *m\n---\nx"}, "t.prompt:3: front matter: aliases are not supported"},
		{"unclosed front matter", []string{"t.prompt", "---\nmodel: a\n"}, "t.prompt:1: front matter is not closed by a line ---"},
		{"nothing in it", []string{"t.prompt", "---\nmodel: a\n---\n\n"}, "t.prompt:4: the template is empty"},
		{"a folder below", []string{"t.prompt", "x", "sub/u.prompt", "x"}, "sub/u.prompt:1: prompts stand in the folder itself, not in folders below it"},
		{"a strange name", []string{"a b.prompt", "x"}, `a b.prompt:1: "a b" is not a prompt's name: letters, digits, - and _, with dots before variants`},
		{"a variant alone", []string{"t.es.prompt", "x"}, `t.es.prompt:1: variant "es" has no base: t.prompt is missing`},
		{"all files at once", []string{"b.prompt", "{{x}}\n{{upper 1}}\n{{#if}}{{/if}}", "a.prompt", "{{y}}"},
			"a.prompt:1: \"y\" is not declared: there is no input.schema\n" +
				"b.prompt:1: \"x\" is not declared: there is no input.schema\n" +
				"b.prompt:2: unknown helper \"upper\": and, eq, join, json, line, not, or, quote\n" +
				"b.prompt:3: {{#if}} takes 1 argument(s), not 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(files(c.files...))
			if err == nil {
				t.Fatal("it loaded")
			}
			if err.Error() != c.want {
				t.Errorf("got\n%s\nwant\n%s", err, c.want)
			}
			if len(Problems(err)) == 0 {
				t.Error("not a LoadError")
			}
		})
	}
}
