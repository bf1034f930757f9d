package gateway_test

import (
	"testing"

	"switchboard"
	"switchboard/gateway/llm/llmtest"
)

// A whole turn without network: masked, routed, searched, judged, quoted, verified and recorded in SQLite in memory.
func BenchmarkTurnQuoted(b *testing.B) {
	benchmark(b, newBot(b), "How much is roaming in Switzerland?")
}

// A whole turn that needs no search.
func BenchmarkTurnSmallTalk(b *testing.B) { benchmark(b, newBot(b), "Hello!") }

// A whole turn through a model behind a loopback socket that answers at once.
func BenchmarkTurnModel(b *testing.B) {
	bot := newModelBot(b)
	bot.upstream.Queue() // nothing queued: the default reply is said
	scripts := make([]llmtest.Script, b.N+1)
	for i := range scripts {
		scripts[i] = llmtest.Say(price + " [1].")
	}
	bot.upstream.Queue(scripts...)
	benchmark(b, bot, "How much is roaming in Switzerland?")
}

func benchmark(b *testing.B, bot *bot, question string) {
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		c := bot.NewConversation(openingIn("en"))
		if _, err := bot.Respond(b.Context(), switchboard.Turn{Opens: &c, Text: question}, nil); err != nil {
			b.Fatal(err)
		}
	}
}
