package drill

import (
	"regexp"
	"slices"
	"strings"

	"switchboard"
	"switchboard/gateway/llm/llmtest"
)

// question is what every customer asks. The demo knowledge base answers it with the sentences, so that the gateway's
// own checks let them through.
const question = "How much is roaming in Switzerland?"

var sentences = []string{
	"A daily pass for Switzerland costs €4.99 a day and includes 500 MB, 60 minutes and 60 texts.",
	"On a pay-monthly plan, the daily pass for Switzerland starts automatically with the first data, call or text in Switzerland.",
	"Mobile data in Switzerland stops when the 500 MB of the daily pass is used.",
}

// torn is as much as a broken upstream says of the second sentence. It must never be seen without its rest.
const torn = "On a pay-monthly plan, the daily pass for Switzerland starts autom"

// speak is a model that answers the question, and goes on from where another was interrupted, as it is told to.
func speak(c llmtest.Call) llmtest.Script {
	said := ""
	for _, m := range c.Messages {
		if m.Role == "assistant" {
			said += m.Content + " "
		}
	}
	said = plain(said)
	var rest []string
	for _, s := range sentences {
		if !strings.Contains(said, plain(s)) {
			rest = append(rest, s)
		}
	}
	return llmtest.Say(strings.Join(rest, " "))
}

// repeat is a model that begins again where it was told to go on.
func repeat(llmtest.Call) llmtest.Script { return llmtest.Say(strings.Join(sentences, " ")) }

var (
	marker = regexp.MustCompile(`\s*\[[0-9, ]+\]`)
	space  = regexp.MustCompile(`\s+`)
	stop   = regexp.MustCompile(`[.!?…:]["”)]*(\s+|$)|\n+`)
)

// plain is text without markers, with single spaces.
func plain(text string) string {
	return strings.TrimSpace(space.ReplaceAllString(marker.ReplaceAllString(text, ""), " "))
}

// honest are the words in which a reply says that it is less than was wanted.
var honest = []string{"so here is what our help articles say", "go by what our help articles say", "that I could stand behind"}

// checkText says what is wrong with a reply's text: sentences repeated, lost or torn. shown is how many of the sentences
// the customer had seen when the fault came.
func checkText(r Reply, shown int) (wrong []string) {
	text := plain(r.Text)
	whole := plain(strings.Join(sentences, " "))
	switch r.Answer.Action {
	case switchboard.ActionAnswer:
		if text != whole {
			wrong = append(wrong, "the answer is not the sentences, each once: "+text)
		}
		return wrong
	case switchboard.ActionDegraded:
	default:
		return append(wrong, "the action is "+string(r.Answer.Action))
	}
	if !strings.HasPrefix(text, plain(strings.Join(sentences[:shown], " "))) {
		wrong = append(wrong, "what was shown is lost: "+text)
	}
	if strings.Count(text, torn) != strings.Count(text, plain(sentences[1])) {
		wrong = append(wrong, "a torn sentence is shown: "+text)
	}
	if !containsAny(text, honest) {
		wrong = append(wrong, "it does not say that it is less than was wanted: "+text)
	}
	if slices.ContainsFunc(strings.Fields(text), func(w string) bool { return len(w) > 100 }) {
		wrong = append(wrong, "it holds what is no word: "+text)
	}
	if r.Answer.Handoff == nil {
		wrong = append(wrong, "no human is offered")
	}
	return append(wrong, repeated(r.Text)...)
}

// repeated says which sentence stands twice.
func repeated(text string) []string {
	seen := map[string]bool{}
	for _, s := range stop.Split(marker.ReplaceAllString(text, ""), -1) {
		key := strings.ToLower(plain(s))
		if len(key) > 20 && seen[key] {
			return []string{"a sentence is repeated: " + key}
		}
		seen[key] = true
	}
	return nil
}

func containsAny(text string, any []string) bool {
	for _, s := range any {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}
