package span

// The attributes that rules about spans name.
const (
	AttrName        = "sentry.name"
	AttrOp          = "sentry.op"
	AttrOrigin      = "sentry.origin"
	AttrDescription = "sentry.description"
	AttrSegmentID   = "sentry.segment.id"
	AttrSegmentName = "sentry.segment.name"
	AttrClientRate  = "sentry.client_sample_rate"
	AttrServerRate  = "sentry.server_sample_rate"
	AttrIngress     = "sentry.relay.ingress"
	AttrPipeline    = "sentry.relay.pipeline"
)

// The values of AttrIngress and AttrPipeline.
const (
	IngressLegacy       = "legacy"
	IngressContainer    = "container"
	IngressIntegration  = "integration"
	PipelineTransaction = "transaction"
	PipelineSpan        = "span_v2"
)

// originManual is the origin of spans that people started themselves: their texts are names.
const originManual = "manual"

// tagName says which attributes a tag of version 1 becomes.
type tagName struct{ sentry, plain string }

// tagNames are the known tags; others stand below "sentry." under their own name.
var tagNames = withPlainTags(map[string]tagName{
	"description":           {"sentry.normalized_description", ""},
	"user.email":            {"sentry.user.email", "user.email"},
	"user.id":               {"sentry.user.id", "user.id"},
	"user.ip":               {"sentry.user.ip", "user.ip_address"},
	"user.username":         {"sentry.user.username", "user.name"},
	"user.geo.city":         {"sentry.user.geo.city", "user.geo.city"},
	"user.geo.country_code": {"sentry.user.geo.country_code", "user.geo.country_code"},
	"user.geo.region":       {"sentry.user.geo.region", "user.geo.region"},
	"user.geo.subdivision":  {"sentry.user.geo.subdivision", "user.geo.subdivision"},
})

func withPlainTags(names map[string]tagName) map[string]tagName {
	for _, tag := range [...]string{
		"release", "user", "environment", "transaction.method", "transaction.op", "browser.name", "sdk.name", "sdk.version", "platform", "mobile", "device.class", "os.name",
		"action", "category", "domain", "raw_domain", "group", "op", "status", "status_code", "system", "trace.status", "thread.name", "thread.id", "replay_id", "profiler_id",
		"user.geo.subregion", "file_extension", "main_thread", "cache.hit", "cache.key",
	} {
		names[tag] = tagName{sentry: "sentry." + tag}
	}
	return names
}
