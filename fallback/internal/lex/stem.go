package lex

import "strings"

// Stem strips the commonest endings of a folded word of lang ("en" and "es" are known, others are treated as English),
// so that "charged" meets "charges". It is lighter than Snowball and allocates rarely; what it gives is a key for
// comparing, not a word.
func Stem(w, lang string) string {
	if len(w) < 4 || w[0] >= '0' && w[0] <= '9' {
		return w
	}
	if lang == "es" {
		return stemSpanish(w)
	}
	return stemEnglish(w)
}

func stemEnglish(w string) string {
	w = strings.TrimSuffix(w, "'s")
	if i := strings.IndexByte(w, '\''); i > 1 {
		return w
	}
	switch {
	case strings.HasSuffix(w, "sses"):
		w = w[:len(w)-2]
	case strings.HasSuffix(w, "ies") && len(w) > 4:
		return w[:len(w)-3] + "y"
	case strings.HasSuffix(w, "ss"), strings.HasSuffix(w, "us"), strings.HasSuffix(w, "is"):
	case strings.HasSuffix(w, "s"):
		w = w[:len(w)-1]
	}
	for _, e := range englishEndings {
		if strings.HasSuffix(w, e.end) && len(w)-len(e.end) >= e.keep {
			return undouble(w[:len(w)-len(e.end)])
		}
	}
	return undouble(w)
}

// englishEndings are tried in order; keep is the least that must stay.
var englishEndings = []struct {
	end  string
	keep int
}{
	{"ational", 5}, {"ation", 4}, {"ating", 4}, {"ated", 4}, {"ate", 5}, {"ition", 4}, {"ally", 4}, {"ment", 4}, {"tion", 4},
	{"ing", 3}, {"ed", 3}, {"ly", 4}, {"er", 4}, {"e", 3},
}

// undouble takes one of a double consonant at the end, which an ending may have caused: "cancelled", "stopping".
// "bill" and "billing" lose theirs alike.
func undouble(w string) string {
	n := len(w)
	if n > 3 && w[n-1] == w[n-2] && strings.IndexByte("bdgklmnprt", w[n-1]) >= 0 {
		return w[:n-1]
	}
	return strings.TrimSuffix(w, "e")
}

func stemSpanish(w string) string {
	for _, e := range spanishEndings {
		if strings.HasSuffix(w, e.end) && len(w)-len(e.end) >= e.keep {
			return w[:len(w)-len(e.end)]
		}
	}
	return w
}

// spanishEndings are tried in order, longest first within a family.
var spanishEndings = []struct {
	end  string
	keep int
}{
	{"amientos", 3}, {"imientos", 3}, {"amiento", 3}, {"imiento", 3}, {"aciones", 3}, {"iciones", 3}, {"acion", 3}, {"icion", 3},
	{"ciones", 4}, {"cion", 4}, {"mente", 4}, {"ariamos", 3}, {"eriamos", 3}, {"aremos", 3}, {"eremos", 3}, {"iendo", 3}, {"ando", 3},
	{"arian", 3}, {"arias", 3}, {"aria", 3}, {"eria", 4}, {"aran", 3}, {"eran", 3}, {"aras", 3}, {"eras", 3}, {"aron", 3},
	{"ieron", 3}, {"adores", 3}, {"ador", 3}, {"adas", 3}, {"ados", 3}, {"idas", 3}, {"idos", 3}, {"ada", 3}, {"ado", 3}, {"ida", 3},
	{"ido", 3}, {"amos", 3}, {"emos", 3}, {"imos", 3}, {"aba", 3}, {"ara", 3}, {"are", 3}, {"era", 3}, {"ire", 3}, {"ir", 3},
	{"ar", 3}, {"er", 3}, {"an", 3}, {"en", 4}, {"as", 3}, {"os", 3}, {"es", 3}, {"a", 3}, {"o", 3}, {"e", 3}, {"s", 3},
}
