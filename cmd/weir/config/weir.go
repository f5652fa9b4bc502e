package config

// Weir is the section `weir`: the keys that Relay does not have. Each has a WEIR_ environment twin.
//
//   - producer_bytes: how many bytes of envelopes may wait for the broker before the edge answers 503
//   - body_timeout, body_rate: a request body must arrive within the timeout, in seconds, and the time that it takes at the rate, in bytes a second
//   - body_bytes: how many bytes request bodies may take together; 0: three of the largest envelope, at most 60 % of the memory
//   - redis_down: while the Redis of quotas is away, checks are answered at once and counted as unchecked (open), or nothing is processed (wait)
//   - forward_window: how many envelopes of one public key may be on the way to the upstream at the same time when many of them wait; 1 keeps
//     their order whatever waits
//   - output.format: what the operator's topics get: what Sentry's consumers read (sentry), or one JSON document an item (json)
//   - min_free_disk: with less room than this on the disk of data_dir the edge answers 503
type Weir struct {
	Namespace           string   `yaml:"namespace" env:"WEIR_NAMESPACE" default:"weir-"`
	DataDir             string   `yaml:"data_dir" env:"WEIR_DATA_DIR"`
	Instance            string   `yaml:"instance" env:"WEIR_INSTANCE"`
	Partitions          int      `yaml:"partitions" env:"WEIR_PARTITIONS" default:"8"`
	Delivery            string   `yaml:"delivery" env:"WEIR_DELIVERY" default:"at-least-once"`
	Ack                 string   `yaml:"ack" env:"WEIR_ACK" default:"durable"`
	AckTimeout          Seconds  `yaml:"ack_timeout" env:"WEIR_ACK_TIMEOUT" default:"5"`
	ProducerBytes       ByteSize `yaml:"producer_bytes" env:"WEIR_PRODUCER_BYTES" default:"64MiB"`
	BodyTimeout         Seconds  `yaml:"body_timeout" env:"WEIR_BODY_TIMEOUT" default:"60"`
	BodyRate            ByteSize `yaml:"body_rate" env:"WEIR_BODY_RATE" default:"16KiB"`
	BodyBytes           ByteSize `yaml:"body_bytes" env:"WEIR_BODY_BYTES" default:"0"`
	MinFreeDisk         ByteSize `yaml:"min_free_disk" env:"WEIR_MIN_FREE_DISK" default:"256MiB"`
	RawRetention        Seconds  `yaml:"raw_retention" env:"WEIR_RAW_RETENTION" default:"604800"`
	ParkingMaxAge       Seconds  `yaml:"parking_max_age" env:"WEIR_PARKING_MAX_AGE" default:"86400"`
	DeadLetterRetention Seconds  `yaml:"dead_letter_retention" env:"WEIR_DEAD_LETTER_RETENTION" default:"2592000"`
	LedgerRetention     Seconds  `yaml:"ledger_retention" env:"WEIR_LEDGER_RETENTION" default:"2592000"`
	ForwardWindow       int      `yaml:"forward_window" env:"WEIR_FORWARD_WINDOW" default:"32"`
	RedisDown           string   `yaml:"redis_down" env:"WEIR_REDIS_DOWN" default:"open"`
	RelayVersion        string   `yaml:"relay_version" env:"WEIR_RELAY_VERSION" default:"26.9.0"`
	Console             string   `yaml:"console" env:"WEIR_CONSOLE"`
	AndroidDevices      string   `yaml:"android_devices" env:"WEIR_ANDROID_DEVICES"` // Google Play's list of supported devices, CSV in UTF-8
	Embedded            Embedded `yaml:"embedded"`
	Output              Output   `yaml:"output"`
}

// Embedded is `weir.embedded`: the broker inside the process.
type Embedded struct {
	MaxBytes ByteSize `yaml:"max_bytes" env:"WEIR_EMBEDDED_MAX_BYTES" default:"4GiB"`
	Fsync    bool     `yaml:"fsync" env:"WEIR_EMBEDDED_FSYNC" default:"false"`
}

// Output is `weir.output`.
type Output struct {
	Format string `yaml:"format" env:"WEIR_OUTPUT_FORMAT" default:"sentry"`
}
