package fallback

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"math"
	"slices"
)

// trainingVersion is part of every model file's key. Raise it with any change of what training makes of examples:
// settings, features, words, or the layout below.
const trainingVersion = 1

// A model file is a mark, the key, the model, and a checksum of all before it; numbers are little-endian.
const (
	modelMark = "swbscope"
	keySize   = sha256.Size
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errModelFile says that bytes are no model, or one of other examples or another version: train again.
var errModelFile = errors.New("not the model of these examples")

// modelKey tells apart what models come of.
func modelKey(examples []Example) []byte {
	h := sha256.New()
	enc := json.NewEncoder(h)
	_ = enc.Encode(trainingVersion) // a hash takes all
	for _, e := range examples {
		_ = enc.Encode([2]string{e.Text, e.Label})
	}
	return h.Sum(nil)
}

// Encode writes a model that examples have been trained to, for [DecodeScope].
func (m *ScopeModel) Encode(examples []Example) []byte {
	b := append([]byte(modelMark), modelKey(examples)...)
	b = m.append(b)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// DecodeScope reads what Encode has written of a model of the same examples. Whatever else it is given is an error; so is
// the file of another version of the program.
func DecodeScope(data []byte, examples []Example) (*ScopeModel, error) {
	head := len(modelMark) + keySize
	if len(data) < head+4 || string(data[:len(modelMark)]) != modelMark || !bytes.Equal(data[len(modelMark):head], modelKey(examples)) {
		return nil, errModelFile
	}
	body, sum := data[:len(data)-4], data[len(data)-4:]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(sum) {
		return nil, errModelFile
	}
	return readModel(body[head:])
}

func (m *ScopeModel) append(b []byte) []byte {
	keys := make([]string, len(m.vec.idf))
	for k, id := range m.vec.ids {
		keys[id] = k
	}
	b = appendStrings(b, m.labels)
	b = appendStrings(b, keys)
	b = appendFloats(b, m.vec.idf, []float32{m.vec.rare}, m.weights, m.margins)
	b = binary.LittleEndian.AppendUint32(b, uint32(m.latent.dims))
	if m.latent.dims > 0 {
		b = appendFloats(b, m.latent.proj, m.latent.white, m.latent.means, m.latent.overall, m.latent.wide)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(m.near.start)))
	for _, s := range m.near.start {
		b = binary.LittleEndian.AppendUint32(b, uint32(s))
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(m.near.posts)))
	for _, p := range m.near.posts {
		b = binary.LittleEndian.AppendUint32(b, uint32(p.id))
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(p.weight))
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(m.near.label)))
	for _, c := range m.near.label {
		b = binary.LittleEndian.AppendUint32(b, uint32(int32(c)))
	}
	b = appendFloats(b, m.near.own, m.near.usual)
	for _, w := range m.judge.weights {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(w))
	}
	return b
}

func appendStrings(b []byte, list []string) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(list)))
	for _, s := range list {
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(s))), s...)
	}
	return b
}

func appendFloats(b []byte, lists ...[]float32) []byte {
	for _, list := range lists {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(list)))
		b = slices.Grow(b, 4*len(list))
		for _, f := range list {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
		}
	}
	return b
}

// readModel checks every size and index that the model is used by, so that no bytes make it panic.
func readModel(data []byte) (*ScopeModel, error) {
	r := &modelReader{data: data}
	m := &ScopeModel{labels: r.strings(), vec: &vectorizer{}}
	keys := r.strings()
	n, f := len(m.labels), len(keys)
	m.vec.ids = make(map[string]int32, f)
	for i, k := range keys {
		m.vec.ids[k] = int32(i)
	}
	m.vec.idf = r.floats(f)
	if rare := r.floats(1); !r.bad {
		m.vec.rare = rare[0]
	}
	m.weights, m.margins = r.floats(f*(n+1)), r.floats(f*(n+1))
	m.latent = r.latent(n, f)
	m.near = r.neighbours(n, f)
	m.judge.weights = make([]float64, signCount)
	for i := range m.judge.weights {
		w := math.Float64frombits(uint64(r.number()) | uint64(r.number())<<32)
		r.bad = r.bad || math.IsNaN(w) || math.IsInf(w, 0)
		m.judge.weights[i] = w
	}
	if r.bad || len(r.data) > 0 || len(m.vec.ids) != f || !slices.IsSorted(m.labels) {
		return nil, errModelFile
	}
	return m, nil
}

// modelReader reads until something is wrong; all that it returns after that is empty.
type modelReader struct {
	data []byte
	bad  bool
}

func (r *modelReader) number() uint32 {
	if r.bad || len(r.data) < 4 {
		r.bad = true
		return 0
	}
	n := binary.LittleEndian.Uint32(r.data)
	r.data = r.data[4:]
	return n
}

// count reads how many things of at least a size follow: never more than there are bytes for.
func (r *modelReader) count(size int) int {
	n := int64(r.number())
	if n*int64(size) > int64(len(r.data)) {
		r.bad = true
	}
	if r.bad {
		return 0
	}
	return int(n)
}

func (r *modelReader) strings() []string {
	out := make([]string, r.count(4))
	for i := range out {
		n := r.count(1)
		out[i], r.data = string(r.data[:n]), r.data[n:]
	}
	return out
}

// floats reads a list of a known length.
func (r *modelReader) floats(want int) []float32 {
	n := r.count(4)
	if n != want {
		r.bad = true
		return nil
	}
	out := make([]float32, n)
	for i := range out {
		out[i] = r.float(i)
	}
	r.data = r.data[4*n:]
	return out
}

// float reads the i-th of the numbers that follow, without going on.
func (r *modelReader) float(i int) float32 {
	v := math.Float32frombits(binary.LittleEndian.Uint32(r.data[4*i:]))
	if v-v != 0 { // neither infinite nor no number
		r.bad = true
	}
	return v
}

func (r *modelReader) latent(n, f int) *latent {
	k := int(r.number())
	if k > latentDims {
		r.bad = true
	}
	l := &latent{}
	if r.bad || k == 0 {
		return l
	}
	return &latent{k, r.floats(f * k), r.floats(k * k), r.floats(n * k), r.floats(k), r.floats(k * k)}
}

func (r *modelReader) neighbours(n, f int) *neighbours {
	nb := &neighbours{start: make([]int32, r.count(4))}
	last := int32(0)
	for i := range nb.start {
		nb.start[i] = int32(r.number())
		r.bad = r.bad || nb.start[i] < last
		last = nb.start[i]
	}
	nb.posts = make([]feature, r.count(8))
	for i := range nb.posts {
		nb.posts[i] = feature{int32(binary.LittleEndian.Uint32(r.data)), r.float(1)}
		r.data = r.data[8:]
	}
	nb.label = make([]int, r.count(4))
	for i := range nb.label {
		c := int(int32(r.number()))
		r.bad = r.bad || c < -1 || c >= n
		nb.label[i] = c
	}
	for _, p := range nb.posts {
		r.bad = r.bad || p.id < 0 || int(p.id) >= len(nb.label)
	}
	if len(nb.start) != f+1 || int(last) != len(nb.posts) {
		r.bad = true
	}
	nb.own, nb.usual = r.floats(len(nb.label)), r.floats(n+1)
	return nb
}
