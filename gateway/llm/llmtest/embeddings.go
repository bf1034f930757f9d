package llmtest

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"math"
	"net/http"
	"strings"
	"unicode"
)

// Dimensions is the length of the vectors under /v1/embeddings.
const Dimensions = 64

// Embed is the server's embedding: each word adds one to a dimension by its hash, and the vector is scaled to length 1.
// Texts that share words are near each other; that is all it knows.
func Embed(text string) []float32 {
	v := make([]float32, Dimensions)
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for _, w := range words {
		h := fnv.New32a()
		_, _ = h.Write([]byte(w))
		v[h.Sum32()%Dimensions]++
	}
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		return v
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

// embedding is one vector, as numbers or as base64 of little-endian float32.
type embedding struct {
	Object string `json:"object"`
	Index  int    `json:"index"`
	Vector any    `json:"embedding"` // []float32 or string
}

func embeddings(w http.ResponseWriter, r *http.Request) {
	var req struct {
		Model  string          `json:"model"`
		Input  json.RawMessage `json:"input"`
		Format string          `json:"encoding_format"`
	}
	var texts []string
	err := json.NewDecoder(r.Body).Decode(&req)
	if err == nil && json.Unmarshal(req.Input, &texts) != nil {
		texts = make([]string, 1)
		err = json.Unmarshal(req.Input, &texts[0])
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, "invalid_request_error")
		return
	}
	type usage struct {
		PromptTokens int `json:"prompt_tokens"`
		TotalTokens  int `json:"total_tokens"`
	}
	out := struct {
		Object string      `json:"object"`
		Model  string      `json:"model"`
		Data   []embedding `json:"data"`
		Usage  usage       `json:"usage"`
	}{Object: "list", Model: req.Model}
	for i, t := range texts {
		e := embedding{Object: "embedding", Index: i, Vector: Embed(t)}
		if req.Format == "base64" {
			e.Vector = packed(Embed(t))
		}
		out.Data = append(out.Data, e)
		out.Usage.PromptTokens += (len(t) + 3) / 4
	}
	out.Usage.TotalTokens = out.Usage.PromptTokens
	writeJSON(w, http.StatusOK, out)
}

func packed(v []float32) string {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return base64.StdEncoding.EncodeToString(b)
}
