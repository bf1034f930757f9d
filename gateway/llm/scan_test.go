package llm

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// same says whether both read the same.
func same(a, b *delta) bool {
	return string(a.text) == string(b.text) && a.finish == b.finish && a.refusal == b.refusal && a.input == b.input &&
		a.output == b.output && a.counted == b.counted && a.done == b.done && len(a.calls) == len(b.calls)
}

var chunks = []string{
	`{"id":"c","object":"chat.completion.chunk","created":1764000000,"model":"m","system_fingerprint":"f","choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"x"}`,
	`{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`,
	`{"choices":[{"delta":{},"finish_reason":"stop"}]}`, `{"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":0}}}`,
	`{"choices":[{"delta":{"content":"a \"quote\" \u00e9 \ud83d\ude00 \n"}}]}`, `{"choices":null,"x":[1,-0.5e+3,{"y":[true,false]},"\/"]}`,
	` { "choices" : [ { "index" : 0 , "delta" : { "content" : "x" } } ] } `, `{"choices":[{"index":1,"delta":{"content":"no"},"finish_reason":"stop"}]}`,
	`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" word"}}`, `{"type": "ping"}`,
	`{"type":"message_start","message":{"usage":{"input_tokens":3,"cache_read_input_tokens":4,"output_tokens":1}}}`,
}

var oddChunks = []string{
	``, `null`, `[]`, `{`, `{}x`, `{"choices":[{"delta":{"content":"x"}}]`, `{"choices":[{"delta":{"content":"x"}},{"delta":{"content":"y"}}]}`,
	`{"Choices":[{"delta":{"content":"x"}}]}`, `{"choices":[{"delta":{"content":"x","content":"y"}}]}`, `{"choices":[{"delta":{"content":5}}]}`,
	`{"choices":[{"delta":{"content":"\ud800"}}]}`, "{\"choices\":[{\"delta\":{\"content\":\"\xff\"}}]}", `{"choices":[{"index":1.0}]}`, `{"choices":[{"index":00}]}`,
	`{"x":01}`, `{"x":-}`, `{"x":1.}`, `{"x":tru}`, `{"x":"` + "\n" + `"}`, `{"x":"\x"}`, `{"x":"\u12"}`, `{"x":[1,]}`, `{"x":{"y":1,}}`, `{"x":1,}`, `{,}`,
	`{"choices":[{"message":{"content":"x"}}]}`, `{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{"}}]}}]}`, `{"choices":[{"delta":{"refusal":"no"}}]}`, `{"usage":{"prompt_tokens":99999999999}}`,
	`{"type":"content_block_delta","delta":{"type":"text_delta","text":5}}`, `{"type":"error","error":{}}`,
	`{"x":[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]}`, `{"x"`, `{"x":`, `{"x":"`, `{"x":"\`, `{"x":1e}`, `{"x":-01}`,
}

// FuzzChunks: what the quick readers accept, encoding/json reads in the same way.
func FuzzChunks(f *testing.F) {
	for _, seed := range append(chunks, oddChunks...) {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var quick, slow delta
		if quickChunk(in, &quick) {
			var c chunk
			if err := json.Unmarshal(in, &c); err != nil {
				t.Fatalf("accepted: %v", err)
			}
			if c.into(&slow); !same(&quick, &slow) {
				t.Fatalf("%+v, want %+v", quick, slow)
			}
		}
		quick, slow = delta{}, delta{}
		if quickDeltaEvent(in, &quick) {
			var e anthropicEvent
			if err := json.Unmarshal(in, &e); err != nil {
				t.Fatalf("accepted: %v", err)
			}
			if e.into(&slow); !same(&quick, &slow) {
				t.Fatalf("%+v, want %+v", quick, slow)
			}
		}
	})
}

// TestUsualChunksAreReadQuickly: the quick readers know what streams consist of, and leave alone what they do not.
func TestUsualChunksAreReadQuickly(t *testing.T) {
	for i, in := range chunks {
		var d delta
		quick := quickChunk([]byte(in), &d)
		if i >= 8 {
			d = delta{}
			quick = quickDeltaEvent([]byte(in), &d)
		}
		if quick != (i < 10) {
			t.Errorf("%s: %t", in, quick)
		}
	}
	for _, in := range oddChunks {
		if quickChunk([]byte(in), &delta{}) && in != `{"type":"error","error":{}}` &&
			in != `{"type":"content_block_delta","delta":{"type":"text_delta","text":5}}` {
			t.Errorf("%s was read as a chunk", in)
		}
		if quickDeltaEvent([]byte(in), &delta{}) {
			t.Errorf("%s was read as an event", in)
		}
	}
}

// FuzzStrings: what is written is read back, broken bytes replaced, and plain stops at the first byte that is not.
func FuzzStrings(f *testing.F) {
	for _, seed := range []string{"", "word", "eight---", "\"", "\\", "12345678\"", "1234567\n", "\x00\x1f ~\x7f", "é€😀", "\u2028", "\xff", "12345678901234567\xc3\"x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var back string
		if err := json.Unmarshal(appendString(nil, in), &back); err != nil || back != strings.ToValidUTF8(in, "\ufffd") && utf8.ValidString(in) {
			t.Fatalf("%q, %v", back, err)
		}
		first := strings.IndexFunc(in, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' })
		if first < 0 {
			first = len(in)
		}
		if n := plain(in); n != first || plain([]byte(in)) != first {
			t.Fatalf("%d, want %d", n, first)
		}
	})
}

func BenchmarkChunk(b *testing.B) {
	in := []byte(chunks[0])
	b.Run("quick", func(b *testing.B) {
		b.ReportAllocs()
		var d delta
		for b.Loop() {
			d.reset()
			if !quickChunk(in, &d) {
				b.Fatal("not read")
			}
		}
	})
	b.Run("json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var c chunk
			if json.Unmarshal(in, &c) != nil {
				b.Fatal("not read")
			}
		}
	})
}
