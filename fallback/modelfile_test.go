package fallback

import (
	"bytes"
	"slices"
	"testing"
)

var fewExamplesOf = map[string][]Example{
	"several": {
		{"open an account", "open"}, {"I want to open a new account", "open"}, {"how do I open accounts", "open"}, {"opening another account", "open"},
		{"close my account", "close"}, {"I want to close it for good", "close"}, {"get my account closed", "close"}, {"close the account today", "close"},
		{"what is the weather like", OutOfScope}, {"tell me a joke", OutOfScope}, {"who won the match", OutOfScope},
	},
	"one":  {{"open an account", "open"}, {"open it", "open"}},
	"none": nil,
}

func TestModelFile(t *testing.T) {
	for name, examples := range fewExamplesOf {
		t.Run(name, func(t *testing.T) {
			m := FitScope(examples)
			data := m.Encode(examples)
			got, err := DecodeScope(data, examples)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{"open a new account please", "the weather", "", "xyz"} {
				wantLabel, want := m.Classify(text)
				if label, oos := got.Classify(text); label != wantLabel || oos != want {
					t.Errorf("%q: %s %v, want %s %v", text, label, oos, wantLabel, want)
				}
			}
			if !bytes.Equal(got.Encode(examples), data) {
				t.Error("written again it is another file")
			}
			for i := range data {
				bad := slices.Clone(data)
				bad[i] ^= 1
				if _, err := DecodeScope(bad, examples); err == nil {
					t.Fatalf("byte %d changed: no error", i)
				}
			}
			if _, err := DecodeScope(data[:len(data)/2], examples); err == nil {
				t.Error("half a file: no error")
			}
			if _, err := DecodeScope(data, append(slices.Clone(examples), Example{"a", "b"})); err == nil {
				t.Error("other examples: no error")
			}
		})
	}
}

// FuzzReadModel looks for bytes that pass as a model and then panic. The checksum is left out, which would hide them.
func FuzzReadModel(f *testing.F) {
	for _, examples := range fewExamplesOf {
		f.Add(FitScope(examples).append(nil))
	}
	f.Fuzz(func(_ *testing.T, data []byte) {
		m, err := readModel(data)
		if err != nil {
			return
		}
		MeasureScope([]Judged{m.Judge(Example{"open a new account today", "open"}), m.Judge(Example{"", OutOfScope})})
	})
}
