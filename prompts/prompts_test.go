package prompts

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"switchboard"
)

var update = flag.Bool("update", false, "write the golden files")

// files makes a folder of "name", "text" pairs.
func files(pairs ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return out
}

func load(t testing.TB, pairs ...string) *Set {
	t.Helper()
	s, err := Load(files(pairs...))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got, -update writes it):\n%s", path, d)
	}
}

func TestDefaultHasEveryPromptTheGatewayNeeds(t *testing.T) {
	s := Default()
	if err := s.Require(Names()...); err != nil {
		t.Error(err)
	}
	for _, name := range Names() {
		if name == NameAnswer || name == NameContinue {
			continue // written for a model, which is told the language
		}
		p, err := s.Prompt(name, "es-MX")
		if err != nil || p.Key() != name+".es" {
			t.Errorf("%s: customers see it, but there is no Spanish variant: %v", name, err)
		}
	}
}

func TestDefaultGolden(t *testing.T) {
	for _, info := range Default().List() {
		lang := info.Variant
		if lang == "" {
			lang = "en"
		}
		p, err := Default().Prompt(info.Name, lang)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "golden/"+info.Key+".txt", rendered(t, p, Sample(lang)))
	}
}

func rendered(t *testing.T, p *Prompt, in Input) string {
	t.Helper()
	if !p.Chat() {
		text, err := p.RenderText(in)
		if err != nil {
			t.Fatal(err)
		}
		return text + "\n"
	}
	messages, err := p.Render(in)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, m := range messages {
		b.WriteString("### " + string(m.Role) + "\n" + m.Text + "\n\n")
	}
	return b.String()
}

func TestRepliesNeedOnlyALanguage(t *testing.T) {
	for _, name := range Names() {
		for _, lang := range []string{"", "en", "es"} {
			if name == NameAnswer {
				continue
			}
			text, err := Default().Text(name, lang, Input{Lang: lang})
			if err != nil {
				t.Errorf("%s %s: %v", name, lang, err)
			}
			if strings.Contains(text, "  ") || strings.Contains(text, " .") || strings.Contains(text, " ,") {
				t.Errorf("%s %s: a gap where a value was: %q", name, lang, text)
			}
		}
	}
}

// A reply template is said without a source, so it must not state a figure. The emergency number is the exception.
func TestRepliesStateNoFigures(t *testing.T) {
	for _, info := range Default().List() {
		if info.Kind != "text" {
			continue
		}
		text, err := Default().Text(info.Key, "", Input{})
		if err != nil {
			t.Fatal(err)
		}
		if info.Name == NameUrgent {
			text = strings.ReplaceAll(text, "112", "")
		}
		if strings.ContainsAny(text, "0123456789€$%") {
			t.Errorf("%s states a figure: %q", info.Key, text)
		}
	}
}

func TestAnswerPrompt(t *testing.T) {
	p, err := Default().Prompt(NameAnswer, "de")
	if err != nil {
		t.Fatal(err)
	}
	in := Sample("de")
	messages, err := p.Render(in)
	if err != nil {
		t.Fatal(err)
	}
	var roles []switchboard.Role
	for _, m := range messages {
		roles = append(roles, m.Role)
	}
	want := []switchboard.Role{"system", "user", "assistant", "user"}
	if !slices.Equal(roles, want) {
		t.Errorf("roles %v, want %v", roles, want)
	}
	if got := messages[3].Text; got != in.Question {
		t.Errorf("the last message is %q, want the question alone", got)
	}
	for _, need := range []string{NotInPassages, "[1] Roaming zones", "> A day pass covers it.", "German", "Vireo"} {
		if !strings.Contains(messages[0].Text, need) {
			t.Errorf("the system's message lacks %q", need)
		}
	}
	if m := p.Model(); m.Temperature == nil || *m.Temperature != 0.2 || m.MaxOutputTokens != 600 {
		t.Errorf("model settings: %+v", m)
	}
	if strings.Contains(p.Instructions(), "Switzerland") || !strings.Contains(p.Instructions(), "Answer only from") {
		t.Errorf("instructions: %q", p.Instructions())
	}
}

func TestInputTable(t *testing.T) {
	var tags []string
	typ := reflect.TypeFor[Input]()
	for i := range typ.NumField() {
		if tag := typ.Field(i).Tag.Get("json"); tag != "history" {
			tags = append(tags, tag)
		}
	}
	if got := (&Input{}).names(); !slices.Equal(got, tags) {
		t.Errorf("names() = %v, fields are %v", got, tags)
	}
	in := Sample("en")
	in.Language = "English"
	for _, p := range inputSchema().fields {
		v := in.field(p.name)
		if !v.truth() {
			t.Errorf("%s: the sample's value does not come out", p.name)
		}
		if (v.kind == kindList) != (p.typ.typ == typeArray) {
			t.Errorf("%s: value and type disagree", p.name)
		}
	}
	if got := len(inputSchema().fields); got != len(tags) {
		t.Errorf("the schema has %d fields, Input has %d", got, len(tags))
	}
	passage := inputSchema().property("passages").typ.item
	for i, name := range (&Passage{}).names() {
		if passage.fields[i].name != name || reflect.TypeFor[Passage]().Field(i).Tag.Get("json") != name {
			t.Errorf("passage field %d: %s", i, name)
		}
	}
}

func TestPromptFallsBackByLanguage(t *testing.T) {
	s := load(t, "a.prompt", "base", "a.es.prompt", "es", "a.es-MX.prompt", "mx", "a.b.prompt", "b", "a.b.es.prompt", "b es")
	for _, c := range []struct{ name, lang, want string }{
		{"a", "", "a"},
		{"a", "en", "a"},
		{"a", "es", "a.es"},
		{"a", "es-AR", "a.es"},
		{"a", "ES_ar", "a.es"},
		{"a", "es-MX", "a.es-MX"},
		{"a.b", "es-AR", "a.b.es"},
		{"a.b", "fr", "a.b"},
		{"a.es", "", "a.es"},
	} {
		p, err := s.Prompt(c.name, c.lang)
		if err != nil || p.Key() != c.want {
			t.Errorf("Prompt(%q, %q) = %v, %v; want %s", c.name, c.lang, p, err, c.want)
		}
	}
	if _, err := s.Prompt("nothing", "es"); !errors.Is(err, switchboard.NotFound) {
		t.Errorf("an unknown prompt: %v", err)
	}
}

func TestVersions(t *testing.T) {
	one := []string{"a.prompt", "x {{> p}}\n", "_p.prompt", "y {{> q}}\n", "_q.prompt", "z\n", "b.prompt", "x\n"}
	base := load(t, one...).Versions()
	if len(base) != 2 || len(base["a"]) != 64 {
		t.Fatalf("versions: %v", base)
	}
	for _, c := range []struct {
		name    string
		change  func(f fstest.MapFS)
		changed []string
	}{
		{"nothing", func(fstest.MapFS) {}, nil},
		{"line ends and a byte order mark", func(f fstest.MapFS) { f["b.prompt"].Data = []byte("\ufeffx\r\n\r\n") }, nil},
		{"the text", func(f fstest.MapFS) { f["b.prompt"].Data = []byte("x.\n") }, []string{"b"}},
		{"a comment", func(f fstest.MapFS) { f["b.prompt"].Data = []byte("x{{! why }}\n") }, []string{"b"}},
		{"a partial's partial", func(f fstest.MapFS) { f["_q.prompt"].Data = []byte("zz\n") }, []string{"a"}},
		{"a new prompt", func(f fstest.MapFS) { f["c.prompt"] = &fstest.MapFile{Data: []byte("c")} }, []string{"c"}},
	} {
		f := files(one...)
		c.change(f)
		s, err := Load(f)
		if err != nil {
			t.Fatal(err)
		}
		var changed []string
		for key, hash := range s.Versions() {
			if base[key] != hash {
				changed = append(changed, key)
			}
		}
		if !slices.Equal(changed, c.changed) {
			t.Errorf("%s: changed %v, want %v", c.name, changed, c.changed)
		}
	}
	p, _ := load(t, one...).Prompt("a", "")
	if want := "a@" + base["a"][:8]; p.Ref() != want {
		t.Errorf("Ref() = %s, want %s", p.Ref(), want)
	}
}

func TestWithPutsAFolderOverASet(t *testing.T) {
	s, err := Default().With(files("greeting.prompt", "Ahoy!"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Require(Names()...); err != nil {
		t.Error(err)
	}
	changes := Diff(Default(), s)
	if len(changes) != 1 || changes[0].Key != "greeting" || changes[0].Kind != "changed" {
		t.Errorf("changes: %v", changes)
	}
	if got, _ := s.Text("greeting", "en", Input{}); got != "Ahoy!" {
		t.Errorf("greeting: %q", got)
	}
	if got, _ := Default().Text("greeting", "en", Input{}); got == "Ahoy!" {
		t.Error("the set underneath changed")
	}
}

func TestRequire(t *testing.T) {
	s := load(t, "answer.prompt", "no roles", "decline.prompt", `{{role "system"}}x`)
	err := s.Require("answer", "decline", "greeting")
	want := "answer.prompt: goes to a model and must have role markers\n" +
		"decline.prompt: is a reply's text and must not have role markers\n" +
		"greeting.prompt: missing"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestRenderJSON(t *testing.T) {
	s := load(t, "a.prompt", "---\ninput: {schema: {question: string, lang: string}}\n---\n{{question}} {{lang}}",
		"c.prompt", "---\ninput: {schema: {question: string}}\n---\n{{role \"system\"}}S{{role \"user\"}}{{question}}")
	for _, c := range []struct{ name, vars, want, err string }{
		{"a", `{"question":"Q"}`, `[{"role":"assistant","text":"Q es"}]`, ""},
		{"a", ` `, `[{"role":"assistant","text":"es"}]`, ""},
		{"c", `{"question":"Q","history":[{"role":"user","text":"H"}]}`,
			`[{"role":"system","text":"S"},{"role":"user","text":"H"},{"role":"user","text":"Q"}]`, ""},
		{"a", `{"qestion":"Q"}`, "", `read variables: json: unknown field "qestion"`},
		{"a", `{"question":7}`, "", `read variables: json: cannot unmarshal`},
		{"a", `{} {}`, "", "read variables: text after the JSON object"},
		{"x", `{}`, "", `not_found: there is no prompt "x"`},
		{"c", `{"history":[{"role":"system","text":"H"}]}`, "", `render c: message 1 of the history has role "system"`},
	} {
		got, err := s.RenderJSON(c.name, "es", []byte(c.vars))
		if c.err != "" {
			if err == nil || !strings.HasPrefix(err.Error(), c.err) {
				t.Errorf("%s %s: error %v, want %s", c.name, c.vars, err, c.err)
			}
			continue
		}
		b, _ := json.Marshal(got)
		if err != nil || string(b) != c.want {
			t.Errorf("%s %s: %s, %v; want %s", c.name, c.vars, b, err, c.want)
		}
	}
}

func TestList(t *testing.T) {
	s := load(t, "a.prompt", `---
description: What it is for.
model: some-model
config: {temperature: 0.5, topP: 0.9, maxOutputTokens: 40, stopSequences: [END]}
input:
  schema:
    operator: string, the company
    topics?(array, what for): string
    tone(enum, how): [warm, cool]
  default: {tone: warm, topics: [x]}
output: {format: text}
---
{{role "system"}}{{operator}} {{tone}} {{> p}}
{{history}}
{{role "user"}}x`, "_p.prompt", "p")
	b, err := json.MarshalIndent(s.List(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "list.json", string(b)+"\n")
}

// BenchmarkAnswer renders a whole answer prompt: 8 passages of about 800 bytes, 6 messages of history.
func BenchmarkAnswer(b *testing.B) {
	p, err := Default().Prompt(NameAnswer, "en")
	if err != nil {
		b.Fatal(err)
	}
	in := Sample("en")
	in.Passages = nil
	text := strings.Repeat("A day pass covers calls, texts and data in that zone [see the table].\n", 12)
	for n := range 8 {
		in.Passages = append(in.Passages, Passage{N: n + 1, Title: "Roaming zones", Section: "Zone B > Passes", Text: text})
	}
	in.History = slices.Repeat(in.History, 3)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Render(in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReply(b *testing.B) {
	in := Sample("en")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Default().Text(NameDecline, "es", in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(os.DirFS("templates")); err != nil {
			b.Fatal(err)
		}
	}
}
