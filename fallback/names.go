package fallback

import (
	"maps"
	"slices"
	"strings"

	"switchboard/fallback/internal/lex"
)

// nameBook knows the proper names that a question may turn on: countries, products, companies. A question about a name
// that no passage has is not answered, whatever else the passages say.
type nameBook struct {
	first map[string][]nameEntry // by first word
	alike map[int][]string       // id to all spellings, folded
	shown map[int][]string       // id to all spellings as written, "es:prepago" for one of a language
}

type nameEntry struct {
	words []string
	kind  string
	id    int
}

// named is a name that was found in a text. Start and end are tokens.
type named struct {
	kind       string
	id         int
	start, end int
}

// names compiles the policy's lists. Each entry is a name with its other spellings and languages, parted by "|"; "es:" before
// one says in which language it is the one to show.
func (c *compiler) names(lists map[string][]string) *nameBook {
	b := &nameBook{first: map[string][]nameEntry{}, alike: map[int][]string{}, shown: map[int][]string{}}
	id := 0
	for _, kind := range slices.Sorted(maps.Keys(lists)) {
		for i, entry := range lists[kind] {
			id++
			for _, spelling := range strings.Split(entry, "|") {
				text := spelling
				if lang, rest, ok := strings.Cut(spelling, ":"); ok && languageCode.MatchString(lang) {
					text = rest
				}
				words := lex.Words(text)
				if len(words) == 0 {
					c.fail(at("names", kind, i), "a name is empty")
					continue
				}
				b.first[words[0]] = append(b.first[words[0]], nameEntry{words, kind, id})
				b.alike[id] = append(b.alike[id], strings.Join(words, " "))
				b.shown[id] = append(b.shown[id], spelling)
			}
		}
	}
	for _, entries := range b.first {
		slices.SortStableFunc(entries, func(x, y nameEntry) int { return len(y.words) - len(x.words) })
	}
	return b
}

// find returns the names of a text, the longest at each place.
func (b *nameBook) find(ts []lex.Token) []named {
	var out []named
	for i := 0; i < len(ts); i++ {
		for _, e := range b.first[ts[i].Text] {
			if i+len(e.words) <= len(ts) && sameWords(ts[i:i+len(e.words)], e.words) {
				out = append(out, named{e.kind, e.id, i, i + len(e.words)})
				i += len(e.words) - 1
				break
			}
		}
	}
	return out
}

func sameWords(ts []lex.Token, words []string) bool {
	for i, w := range words {
		if ts[i].Text != w {
			return false
		}
	}
	return true
}

// in reports whether a text, given as folded words parted and surrounded by spaces, has any spelling of the name.
func (b *nameBook) in(id int, text string) bool {
	for _, s := range b.alike[id] {
		if strings.Contains(text, " "+s+" ") {
			return true
		}
	}
	return false
}
