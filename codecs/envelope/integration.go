package envelope

// Content types of `integration` items: what a protocol other than envelopes brought, as it came (edge 6.4, last paragraph). They
// never leave weir's own topics.
const (
	IntegrationOTLPLogsJSON      = "application/vnd.weir.logs.otlp+json"
	IntegrationOTLPLogsProtobuf  = "application/vnd.weir.logs.otlp+protobuf"
	IntegrationOTLPSpansJSON     = "application/vnd.weir.spans.otlp+json"
	IntegrationOTLPSpansProtobuf = "application/vnd.weir.spans.otlp+protobuf"
	IntegrationNEL               = "application/vnd.weir.logs.nel+json"
	IntegrationVercelArray       = "application/vnd.weir.logs.vercel+json"
	IntegrationVercelLines       = "application/vnd.weir.logs.vercel+ndjson"
)
