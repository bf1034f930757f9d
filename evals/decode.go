package evals

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// decoder turns what a file says, in the file format's own types, into ours, and collects what is wrong with it.
type decoder struct{ problems []string }

func (d *decoder) failf(format string, args ...any) {
	d.problems = append(d.problems, fmt.Sprintf(format, args...))
}

// scalar is a text, number, boolean or date as text.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case uint64:
		return strconv.FormatUint(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), true
	case bool:
		return strconv.FormatBool(v), true
	case time.Time:
		return strings.TrimSuffix(v.Format(time.RFC3339), "T00:00:00Z"), true
	default:
		return "", false
	}
}

// text reads an optional text.
func (d *decoder) text(field string, v any) string {
	if v == nil {
		return ""
	}
	s, ok := scalar(v)
	if !ok {
		d.failf("%s: want a text", field)
	}
	return s
}

// plain is any value as text; what is not a scalar as JSON.
func (d *decoder) plain(v any) string {
	if s, ok := scalar(v); ok || v == nil {
		return s
	}
	return string(d.raw("vars", v))
}

func (d *decoder) raw(field string, v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil { // a mapping whose keys are no texts
		d.failf("%s: not a JSON value", field)
		return json.RawMessage("null")
	}
	return b
}

// texts reads a text or a list of them.
func (d *decoder) texts(field string, v any) []string {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var out []string
	for _, item := range list {
		if s := d.text(field, item); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// list reads a list, or a text that is one in JSON.
func (d *decoder) list(v any) ([]any, bool) {
	if s, ok := v.(string); ok && strings.HasPrefix(strings.TrimSpace(s), "[") {
		var list []any
		if json.Unmarshal([]byte(s), &list) == nil {
			return list, true
		}
	}
	list, ok := v.([]any)
	return list, ok
}

// number reads an optional number, 0 where it is absent.
func (d *decoder) number(field string, v any) float64 {
	if v == nil {
		return 0
	}
	s, ok := scalar(v)
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if !ok || err != nil || f < 0 || f != f {
		d.failf("%s: want a number that is not negative", field)
		return 0
	}
	return f
}

func (d *decoder) object(field string, v any) map[string]any {
	if v == nil {
		return nil
	}
	m, ok := v.(map[string]any)
	if !ok {
		d.failf("%s: want a mapping", field)
	}
	return m
}

// value reads what an assertion compares with.
func (d *decoder) value(v any) Value {
	switch v := v.(type) {
	case nil:
		return Value{}
	case map[string]any:
		return Value{Object: d.raw("value", v)}
	case []any:
		out := Value{List: true, Texts: []string{}}
		for _, item := range v {
			s, ok := scalar(item)
			if !ok {
				return Value{Object: d.raw("value", v)}
			}
			out.Texts = append(out.Texts, s)
		}
		return out
	default:
		s, ok := scalar(v)
		if !ok {
			d.failf("value: want a text, a list or a mapping")
		}
		return Text(s)
	}
}
