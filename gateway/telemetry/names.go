package telemetry

import (
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
)

// Every name of OpenTelemetry that the gateway uses. Those of generative AI are still moving: here they are changed.
// The names of the Prometheus metrics are in metrics.go and models.go.
const (
	schemaURL   = semconv.SchemaURL
	scopeName   = "switchboard"
	serviceName = "switchboard"

	// Spans. A request's is "{method} {route}", an attempt's "chat {model}".
	spanTurn  = "switchboard.turn"
	spanStage = "switchboard." // and the stage: "retrieve", "generate", "record"
	spanChat  = operationChat + " "

	// Of a request's span.
	attrMethod = semconv.HTTPRequestMethodKey
	attrRoute  = semconv.HTTPRouteKey
	attrStatus = semconv.HTTPResponseStatusCodeKey
	attrScheme = semconv.URLSchemeKey

	// Of an attempt's span; the first five are also those of the metrics.
	attrOperation    = semconv.GenAIOperationNameKey
	attrProvider     = semconv.GenAIProviderNameKey
	attrRequestModel = semconv.GenAIRequestModelKey
	attrServer       = semconv.ServerAddressKey
	attrServerPort   = semconv.ServerPortKey
	attrErrorType    = semconv.ErrorTypeKey // the outcome's class
	attrStream       = semconv.GenAIRequestStreamKey
	attrFinish       = semconv.GenAIResponseFinishReasonsKey
	attrFirstChunk   = semconv.GenAIResponseTimeToFirstChunkKey // seconds
	attrInputTokens  = semconv.GenAIUsageInputTokensKey
	attrOutputTokens = semconv.GenAIUsageOutputTokensKey
	attrOutputType   = semconv.GenAIOutputTypeKey
	operationChat    = "chat"
	outputText       = "text"

	// Of our own: an attempt's …
	attrModel = attribute.Key("switchboard.model") // by its name in the configuration
	attrKind  = attribute.Key("switchboard.attempt.kind")
	attrCost  = attribute.Key("switchboard.cost_usd")

	// … and a turn's.
	attrConversation  = attribute.Key("switchboard.conversation_id")
	attrMessage       = attribute.Key("switchboard.message_id")
	attrAction        = attribute.Key("switchboard.action")
	attrReason        = attribute.Key("switchboard.reason")
	attrRelease       = attribute.Key("switchboard.release")
	attrAttempts      = attribute.Key("switchboard.attempts")
	attrFirstSentence = attribute.Key("switchboard.first_sentence_ms")
	attrVerify        = attribute.Key("switchboard.verify_ms")

	// An event of the span that would have called a model that is passed over.
	eventSkipped = "switchboard.model_skipped"
	attrWhy      = attribute.Key("switchboard.why")

	// Metrics by the conventions.
	metricDuration   = "gen_ai.client.operation.duration"            // seconds
	metricFirstChunk = "gen_ai.client.operation.time_to_first_chunk" // seconds
	metricTokens     = "gen_ai.client.token.usage"
	attrTokenType    = semconv.GenAITokenTypeKey
	tokensInput      = "input"
	tokensOutput     = "output"
)

// Buckets as the conventions advise.
var (
	durationBuckets   = []float64{.01, .02, .04, .08, .16, .32, .64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92}
	firstChunkBuckets = []float64{.001, .005, .01, .02, .04, .06, .08, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10}
	tokenBuckets      = []float64{1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864}
)

// providers names the providers that the conventions have a name for and that speak as OpenAI does, by the end of their
// host. Any other is taken for OpenAI.
var providers = []struct{ host, name string }{
	{".openai.azure.com", "azure.ai.openai"},
	{".services.ai.azure.com", "azure.ai.inference"},
	{"api.anthropic.com", "anthropic"},
	{"generativelanguage.googleapis.com", "gcp.gemini"},
	{"aiplatform.googleapis.com", "gcp.vertex_ai"},
	{".amazonaws.com", "aws.bedrock"},
	{"api.cohere.com", "cohere"},
	{"api.deepseek.com", "deepseek"},
	{"api.groq.com", "groq"},
	{"api.mistral.ai", "mistral_ai"},
	{"api.perplexity.ai", "perplexity"},
	{"api.x.ai", "x_ai"},
}
