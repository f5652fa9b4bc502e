package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"weir/cmd/weir/config"
	"weir/topologies/kafka/client"
)

// kafkaCluster translates librdkafka settings (pipeline 9.1). warnings name settings that have no counterpart.
func kafkaCluster(params []config.KafkaParam) (cluster client.Config, warnings []string, err error) {
	k := kafkaSettings{values: map[string]string{}}
	for _, p := range params {
		k.values[p.Name] = p.Value
	}
	cluster.ID = first(k.take("client.id"), "weir")
	for b := range strings.SplitSeq(first(k.take("bootstrap.servers"), k.take("metadata.broker.list")), ",") {
		if b = strings.TrimSpace(b); b != "" {
			cluster.Brokers = append(cluster.Brokers, b)
		}
	}
	k.producer(&cluster)
	k.security(&cluster)
	for name := range k.values {
		warnings = append(warnings, fmt.Sprintf("processing.kafka_config: %s has no counterpart and is not used", name))
	}
	slices.Sort(warnings)
	return cluster, warnings, errors.Join(k.errs...)
}

// kafkaSettings are settings that have not been translated yet.
type kafkaSettings struct {
	values map[string]string
	errs   []error
}

func (k *kafkaSettings) take(name string) string {
	v := k.values[name]
	delete(k.values, name)
	return v
}

func (k *kafkaSettings) fail(name, value, want string) {
	k.errs = append(k.errs, fmt.Errorf("processing.kafka_config: %s: %q is not %s", name, value, want))
}

func (k *kafkaSettings) number(name string) (int, bool) {
	text := k.take(name)
	if text == "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n < 0 || n > 1<<31-1 {
		k.fail(name, text, "a number")
		return 0, false
	}
	return int(n), true
}

func (k *kafkaSettings) producer(c *client.Config) {
	codecs := map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()}
	if name := first(k.take("compression.type"), k.take("compression.codec")); name != "" {
		codec, ok := codecs[name]
		if !ok {
			k.fail("compression.type", name, "none, gzip, snappy, lz4 or zstd")
		}
		if name != "lz4" { // which weir does by itself
			c.ProducerOpts = append(c.ProducerOpts, client.Compression(codec)...)
		}
	}
	if n, ok := k.number("message.max.bytes"); ok {
		c.MaxMessageBytes = int32(max(n, 1<<10))
	}
	linger, ok := k.number("linger.ms")
	if other, also := k.number("queue.buffering.max.ms"); also && !ok {
		linger, ok = other, true
	}
	if ok {
		c.ProducerOpts = append(c.ProducerOpts, kgo.ProducerLinger(time.Duration(linger)*time.Millisecond))
	}
	if n, ok := k.number("socket.connection.setup.timeout.ms"); ok {
		c.Opts = append(c.Opts, kgo.DialTimeout(time.Duration(n)*time.Millisecond))
	}
	if n, ok := k.number("request.timeout.ms"); ok {
		c.ProducerOpts = append(c.ProducerOpts, kgo.ProduceRequestTimeout(time.Duration(n)*time.Millisecond))
	}
	// Settled by weir's guarantee, whatever is written: acks=all, idempotent, tried until delivered.
	for _, name := range []string{"acks", "request.required.acks", "enable.idempotence", "message.timeout.ms", "delivery.timeout.ms", "batch.size", "batch.num.messages", "queue.buffering.max.messages", "queue.buffering.max.kbytes"} {
		k.take(name)
	}
}

func (k *kafkaSettings) security(c *client.Config) {
	protocol := strings.ToLower(first(k.take("security.protocol"), "plaintext"))
	ca, cert, key, verify := k.take("ssl.ca.location"), k.take("ssl.certificate.location"), k.take("ssl.key.location"), k.take("enable.ssl.certificate.verification")
	switch protocol {
	case "plaintext", "sasl_plaintext":
	case "ssl", "sasl_ssl":
		t, err := tlsConfig(ca, cert, key, verify == "false")
		if err != nil {
			k.errs = append(k.errs, fmt.Errorf("processing.kafka_config: %w", err))
		}
		c.Opts = append(c.Opts, kgo.DialTLSConfig(t))
	default:
		k.fail("security.protocol", protocol, "plaintext, ssl, sasl_plaintext or sasl_ssl")
	}
	mechanism := strings.ToUpper(first(k.take("sasl.mechanism"), k.take("sasl.mechanisms")))
	user, password := k.take("sasl.username"), k.take("sasl.password")
	if !strings.HasPrefix(protocol, "sasl_") {
		return
	}
	var m sasl.Mechanism
	switch mechanism {
	case "PLAIN":
		m = plain.Auth{User: user, Pass: password}.AsMechanism()
	case "SCRAM-SHA-256":
		m = scram.Auth{User: user, Pass: password}.AsSha256Mechanism()
	case "SCRAM-SHA-512":
		m = scram.Auth{User: user, Pass: password}.AsSha512Mechanism()
	default:
		k.fail("sasl.mechanism", mechanism, "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512")
		return
	}
	c.Opts = append(c.Opts, kgo.SASL(m))
}

func tlsConfig(ca, cert, key string, insecure bool) (*tls.Config, error) {
	t := &tls.Config{InsecureSkipVerify: insecure} //nolint:gosec // the operator asked for it
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, fmt.Errorf("ssl.ca.location: %w", err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ssl.ca.location: %s holds no certificate", ca)
		}
	}
	if cert != "" || key != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("ssl.certificate.location: %w", err)
		}
		t.Certificates = []tls.Certificate{pair}
	}
	return t, nil
}
