package config

import "weir/edge/upstream"

// Config is the whole configuration. The tag `use` of a key says what weir does with it: empty for honoured keys, `ignored: reason`
// for keys without a meaning here. The tag `default` holds the default.
type Config struct {
	Relay         Relay         `yaml:"relay"`
	HTTP          HTTP          `yaml:"http"`
	Cache         Cache         `yaml:"cache"`
	Spool         Spool         `yaml:"spool"`
	Limits        Limits        `yaml:"limits"`
	Routing       Routing       `yaml:"routing"`
	Logging       Logging       `yaml:"logging"`
	Metrics       Metrics       `yaml:"metrics"`
	Sentry        Sentry        `yaml:"sentry"`
	Processing    Processing    `yaml:"processing"`
	Outcomes      Outcomes      `yaml:"outcomes"`
	Aggregator    Aggregator    `yaml:"aggregator"`
	Secondary     Any           `yaml:"secondary_aggregators" use:"ignored: session buckets are merged per batch, there is no second aggregator to choose"`
	Auth          Auth          `yaml:"auth"`
	GeoIP         GeoIP         `yaml:"geoip"`
	Normalization Normalization `yaml:"normalization"`
	Health        Health        `yaml:"health"`
	Cogs          Any           `yaml:"cogs" use:"ignored: weir does not account costs"`
	Upload        Any           `yaml:"upload" use:"ignored: resumable uploads are refused with 503, as without an object store"`
	Weir          Weir          `yaml:"weir"`

	// Credentials are those of credentials.json, environment and flags; nil when there are none.
	Credentials *Credentials `yaml:"-"`
	// Dir is the configuration directory, empty without one.
	Dir string `yaml:"-"`
	// Origins tells for every key that is not at its default where the value came from.
	Origins map[string]string `yaml:"-"`
	// Warnings are what an operator should read at start.
	Warnings []string `yaml:"-"`
	// Proxies are those of the environment, for requests to the upstream.
	Proxies upstream.Proxies `yaml:"-"`
	// Alone: no upstream written and no credentials; weir makes no HTTP request then.
	Alone bool `yaml:"-"`
}

// Relay is the section `relay`.
type Relay struct {
	Mode               string   `yaml:"mode" default:"managed"`
	Instance           string   `yaml:"instance" default:"default" use:"ignored: only a tag"`
	Upstream           string   `yaml:"upstream" default:"https://sentry.io/"`
	AdvertisedUpstream *string  `yaml:"advertised_upstream"`
	Host               string   `yaml:"host" default:"127.0.0.1"`
	Port               int      `yaml:"port" default:"3000"`
	InternalHost       *string  `yaml:"internal_host"`
	InternalPort       *int     `yaml:"internal_port"`
	OverrideProjectIDs bool     `yaml:"override_project_ids" default:"false"`
	ConfigReload       *Seconds `yaml:"config_reload_interval" use:"ignored: a change of the configuration takes a restart"`
	TLSPort            Any      `yaml:"tls_port" use:"ignored: TLS is not offered; put a proxy in front"`
	TLSIdentityPath    Any      `yaml:"tls_identity_path" use:"ignored: TLS is not offered; put a proxy in front"`
	TLSIdentityPass    Any      `yaml:"tls_identity_password" use:"ignored: TLS is not offered; put a proxy in front"`
}

// HTTP is the section `http`: requests to the upstream.
type HTTP struct {
	Timeout                Seconds  `yaml:"timeout" default:"5"`
	ConnectionTimeout      Seconds  `yaml:"connection_timeout" default:"3"`
	MaxRetryInterval       Seconds  `yaml:"max_retry_interval" default:"60"`
	HostHeader             *string  `yaml:"host_header"`
	AuthInterval           *Seconds `yaml:"auth_interval" default:"600"`
	OutageGracePeriod      Seconds  `yaml:"outage_grace_period" default:"10"`
	RetryDelay             Seconds  `yaml:"retry_delay" default:"1"`
	ProjectFailureInterval Seconds  `yaml:"project_failure_interval" default:"90"`
	Encoding               string   `yaml:"encoding" default:"zstd"`
	GlobalMetrics          bool     `yaml:"global_metrics" default:"false" use:"ignored: counters for the upstream travel in envelopes of their project"`
	Forward                bool     `yaml:"forward" default:"true"`
	DNSCache               bool     `yaml:"dns_cache" default:"true" use:"ignored: names are resolved by the operating system"`
}

// Cache is the section `cache`.
type Cache struct {
	FullConfig          bool     `yaml:"project_request_full_config" default:"false"`
	ProjectExpiry       Seconds  `yaml:"project_expiry" default:"300"`
	ProjectGrace        Seconds  `yaml:"project_grace_period" default:"120"`
	ProjectRefresh      *Seconds `yaml:"project_refresh_interval"`
	RelayExpiry         Seconds  `yaml:"relay_expiry" default:"3600"`
	MissExpiry          Seconds  `yaml:"miss_expiry" default:"60"`
	BatchInterval       Millis   `yaml:"batch_interval" default:"100"`
	DownstreamInterval  Millis   `yaml:"downstream_relays_batch_interval" default:"100"`
	BatchSize           int      `yaml:"batch_size" default:"500"`
	FileInterval        Seconds  `yaml:"file_interval" default:"10" use:"ignored: weir watches its project directory and sees changes at once"`
	GlobalFetchInterval Seconds  `yaml:"global_config_fetch_interval" default:"10"`
	EventBufferSize     Any      `yaml:"event_buffer_size" use:"ignored: removed from Relay; raw envelopes wait in Kafka"`
	EnvelopeBufferSize  Any      `yaml:"envelope_buffer_size" use:"ignored: removed from Relay; raw envelopes wait in Kafka"`
	EventExpiry         Any      `yaml:"event_expiry" use:"ignored: removed from Relay; raw envelopes wait in Kafka"`
	EventBufferExpiry   Any      `yaml:"event_buffer_expiry" use:"ignored: removed from Relay; raw envelopes wait in Kafka"`
}

// Spool is the section `spool`.
type Spool struct {
	Envelopes SpoolEnvelopes `yaml:"envelopes"`
}

// SpoolEnvelopes is `spool.envelopes`. Accepted envelopes wait in Kafka, so most of it has no meaning here.
type SpoolEnvelopes struct {
	Path             *string  `yaml:"path" use:"ignored: envelopes wait in the raw topic, not in a file"`
	MaxDiskSize      ByteSize `yaml:"max_disk_size" default:"500MiB" use:"ignored: the raw topic's retention bounds the disk"`
	BatchSizeBytes   ByteSize `yaml:"batch_size_bytes" default:"10KiB" use:"ignored: envelopes wait in the raw topic, not in a file"`
	FlushTimeout     *Seconds `yaml:"flush_timeout_secs" use:"ignored: envelopes wait in the raw topic, not in a file"`
	MaxDelay         Seconds  `yaml:"max_envelope_delay_secs" default:"86400"`
	DiskRefresh      Millis   `yaml:"disk_usage_refresh_frequency_ms" default:"100" use:"ignored: envelopes wait in the raw topic, not in a file"`
	MaxBackpressure  float64  `yaml:"max_backpressure_memory_percent" default:"0.8" use:"ignored: a consumer that is behind leaves envelopes in the raw topic"`
	Partitions       int      `yaml:"partitions" default:"1" use:"ignored: see weir.partitions"`
	Partitioning     string   `yaml:"partitioning" default:"round_robin" use:"ignored: raw envelopes are spread by event id"`
	MaxUnspoolPerSec *int     `yaml:"max_unspool_envelopes_per_second" use:"ignored: consumers take what they can process"`
	Ephemeral        bool     `yaml:"ephemeral" default:"false" use:"ignored: accepted envelopes are always durable"`
}

// Limits is the section `limits`.
type Limits struct {
	MaxConcurrentRequests  int      `yaml:"max_concurrent_requests" default:"100"`
	MaxConcurrentQueries   int      `yaml:"max_concurrent_queries" default:"5"`
	MaxEventSize           ByteSize `yaml:"max_event_size" default:"1MiB"`
	MaxAttachmentSize      ByteSize `yaml:"max_attachment_size" default:"200MiB"`
	MaxAttachmentCount     int      `yaml:"max_attachment_count" default:"30"`
	MaxAttachmentsSize     ByteSize `yaml:"max_attachments_size" default:"200MiB"`
	MaxUploadSize          ByteSize `yaml:"max_upload_size" default:"1024MiB"`
	MaxClientReportsSize   ByteSize `yaml:"max_client_reports_size" default:"100KiB"`
	MaxClientReportsCount  int      `yaml:"max_client_reports_count" default:"100"`
	MaxCheckInSize         ByteSize `yaml:"max_check_in_size" default:"100KiB"`
	MaxEnvelopeSize        ByteSize `yaml:"max_envelope_size" default:"200MiB"`
	MaxSessionsSize        ByteSize `yaml:"max_sessions_size" default:"10MiB"`
	MaxSessionCount        int      `yaml:"max_session_count" default:"100"`
	MaxAPIPayloadSize      ByteSize `yaml:"max_api_payload_size" default:"20MiB"`
	MaxAPIFileUploadSize   ByteSize `yaml:"max_api_file_upload_size" default:"40MiB"`
	MaxAPIChunkUploadSize  ByteSize `yaml:"max_api_chunk_upload_size" default:"100MiB"`
	MaxProfileSize         ByteSize `yaml:"max_profile_size" default:"50MiB"`
	MaxTraceMetricSize     ByteSize `yaml:"max_trace_metric_size" default:"1MiB"`
	MaxLogSize             ByteSize `yaml:"max_log_size" default:"2MiB"`
	MaxExpandedLogs        int      `yaml:"max_expanded_log_operations" default:"3000000"`
	MaxExpandedSpans       int      `yaml:"max_expanded_span_operations" default:"3000000"`
	MaxExpandedMetrics     int      `yaml:"max_expanded_trace_metric_operations" default:"3000000"`
	MaxSpanSize            ByteSize `yaml:"max_span_size" default:"10MiB"`
	MaxStandaloneSpanCount int      `yaml:"max_standalone_span_count" default:"25"`
	MaxContainerSize       ByteSize `yaml:"max_container_size" default:"12MiB"`
	MaxMetricBucketsSize   ByteSize `yaml:"max_metric_buckets_size" default:"1MiB"`
	MaxReplayCompressed    ByteSize `yaml:"max_replay_compressed_size" default:"10MiB"`
	MaxReplayUncompressed  ByteSize `yaml:"max_replay_uncompressed_size" alias:"max_replay_size" default:"100MiB"`
	MaxReplayMessage       ByteSize `yaml:"max_replay_message_size" default:"15MiB"`
	MaxRemovedAttributeKey ByteSize `yaml:"max_removed_attribute_key_size" default:"10KiB"`
	MaxThreadCount         *int     `yaml:"max_thread_count" use:"ignored: Go's scheduler uses the processors it may (GOMAXPROCS)"`
	MaxPoolConcurrency     int      `yaml:"max_pool_concurrency" default:"1" use:"ignored: Go's scheduler uses the processors it may (GOMAXPROCS)"`
	QueryTimeout           Seconds  `yaml:"query_timeout" default:"30"`
	ShutdownTimeout        Seconds  `yaml:"shutdown_timeout" default:"10"`
	KeepaliveTimeout       Seconds  `yaml:"keepalive_timeout" default:"5"`
	IdleTimeout            *Seconds `yaml:"idle_timeout"`
	MaxConnections         *int     `yaml:"max_connections"`
	TCPListenBacklog       int      `yaml:"tcp_listen_backlog" default:"1024"`
	MaxStatsdSize          Any      `yaml:"max_statsd_size" use:"ignored: removed from Relay"`
}

// Routing is the section `routing`.
type Routing struct {
	AcceptUnknownItems *bool `yaml:"accept_unknown_items"`
}

// Logging is the section `logging`.
type Logging struct {
	Level            string  `yaml:"level" default:"info"`
	Format           string  `yaml:"format" default:"auto"`
	EnableBacktraces bool    `yaml:"enable_backtraces" default:"false" use:"ignored: errors carry their chain"`
	TracesSampleRate float64 `yaml:"traces_sample_rate" default:"0" use:"ignored: weir does not report to Sentry"`
}

// Metrics is the section `metrics`.
type Metrics struct {
	Statsd      *string `yaml:"statsd" use:"ignored: metrics are served for Prometheus"`
	BufferSize  *int    `yaml:"statsd_buffer_size" use:"ignored: metrics are served for Prometheus"`
	Prefix      string  `yaml:"prefix" default:"sentry.relay" use:"ignored: metrics are served for Prometheus"`
	DefaultTags Any     `yaml:"default_tags" use:"ignored: metrics are served for Prometheus"`
	HostnameTag *string `yaml:"hostname_tag" use:"ignored: metrics are served for Prometheus"`
	Periodic    Seconds `yaml:"periodic_secs" default:"5" use:"ignored: metrics are served for Prometheus"`
}

// Sentry is the section `sentry`.
type Sentry struct {
	Enabled     bool    `yaml:"enabled" default:"false" use:"ignored: weir does not report to Sentry"`
	DSN         *string `yaml:"dsn" use:"ignored: weir does not report to Sentry"`
	Environment *string `yaml:"environment" use:"ignored: weir does not report to Sentry"`
	ServerName  *string `yaml:"server_name" use:"ignored: weir does not report to Sentry"`
	DefaultTags Any     `yaml:"default_tags" use:"ignored: weir does not report to Sentry"`
}

// Processing is the section `processing`.
type Processing struct {
	Enabled              bool                    `yaml:"enabled" default:"false"`
	GeoIPPath            *string                 `yaml:"geoip_path"`
	MaxSecsInFuture      Seconds                 `yaml:"max_secs_in_future" default:"60"`
	MaxSessionSecsInPast Seconds                 `yaml:"max_session_secs_in_past" default:"432000"`
	KafkaConfig          []KafkaParam            `yaml:"kafka_config"`
	SecondaryKafka       map[string][]KafkaParam `yaml:"secondary_kafka_configs"`
	Topics               Topics                  `yaml:"topics"`
	KafkaValidateTopics  bool                    `yaml:"kafka_validate_topics" default:"false"`
	Redis                RedisConfigs            `yaml:"redis"`
	AttachmentChunkSize  ByteSize                `yaml:"attachment_chunk_size" default:"1MiB"`
	ProjectCachePrefix   string                  `yaml:"projectconfig_cache_prefix" default:"relayconfig"`
	MaxRateLimit         *Seconds                `yaml:"max_rate_limit" default:"300"`
	QuotaCacheRatio      *float64                `yaml:"quota_cache_ratio" use:"ignored: every quota check is exact"`
	QuotaCacheMax        *float64                `yaml:"quota_cache_max" use:"ignored: every quota check is exact"`
	ObjectStore          Any                     `yaml:"objectstore" use:"ignored: attachments travel through Kafka"`
}

// Outcomes is the section `outcomes`.
type Outcomes struct {
	Emit          string  `yaml:"emit_outcomes" default:"as_client_reports"`
	Source        *string `yaml:"source"`
	Aggregator    Any     `yaml:"aggregator" use:"ignored: outcomes are merged per batch"`
	BatchSize     Any     `yaml:"batch_size" use:"ignored: removed from Relay"`
	BatchInterval Any     `yaml:"batch_interval" use:"ignored: removed from Relay"`
}

// Aggregator is the section `aggregator`. weir merges buckets within a batch and sends them at once; a delay only says how long they count as one
// for quotas.
type Aggregator struct {
	BucketInterval  Seconds   `yaml:"bucket_interval" default:"10"`
	InitialDelay    Seconds   `yaml:"initial_delay" default:"30"`
	MaxSecsInPast   Seconds   `yaml:"max_secs_in_past" default:"432000"`
	MaxSecsInFuture Seconds   `yaml:"max_secs_in_future" default:"60"`
	MaxTotalBytes   *ByteSize `yaml:"max_total_bucket_bytes" use:"ignored: nothing is kept beyond a batch"`
	MaxKeyBytes     *ByteSize `yaml:"max_project_key_bucket_bytes" use:"ignored: nothing is kept beyond a batch"`
	FlushPartitions *int      `yaml:"flush_partitions" use:"ignored: nothing is kept beyond a batch"`
	FlushBatching   string    `yaml:"flush_batching" alias:"shift_key" default:"project" use:"ignored: nothing is kept beyond a batch"`
	MaxNameLength   int       `yaml:"max_name_length" default:"200"`
	MaxTagKeyLen    int       `yaml:"max_tag_key_length" default:"200"`
	MaxTagValueLen  int       `yaml:"max_tag_value_length" default:"200"`
	MaxFlushBytes   ByteSize  `yaml:"max_flush_bytes" default:"5000000"`
	FlushInterval   Any       `yaml:"flush_interval" use:"ignored: nothing is kept beyond a batch"`
	Size            Any       `yaml:"aggregator_size" use:"ignored: nothing is kept beyond a batch"`
}

// Auth is the section `auth`.
type Auth struct {
	Ready           string                 `yaml:"ready" default:"authenticated"`
	StaticRelays    map[string]StaticRelay `yaml:"static_relays"`
	SignatureMaxAge Seconds                `yaml:"signature_max_age" default:"300"`
}

// StaticRelay is a downstream relay that is known without asking.
type StaticRelay struct {
	PublicKey string `yaml:"public_key"`
	Internal  bool   `yaml:"internal" default:"false"`
}

// GeoIP is the section `geoip`.
type GeoIP struct {
	Path *string `yaml:"path"`
}

// Normalization is the section `normalization`.
type Normalization struct {
	Level string `yaml:"level" default:"default"`
}

// Health is the section `health`.
type Health struct {
	RefreshInterval  Millis    `yaml:"refresh_interval_ms" default:"3000"`
	MaxMemoryBytes   *ByteSize `yaml:"max_memory_bytes"`
	MaxMemoryPercent float64   `yaml:"max_memory_percent" default:"0.95"`
	ProbeTimeout     Millis    `yaml:"probe_timeout_ms" default:"900"`
	MemoryRefresh    Millis    `yaml:"memory_stat_refresh_frequency_ms" default:"100"`
}
