package raw

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/topic"
)

// Header is one record header.
type Header struct {
	Key   string
	Value []byte
}

// version of the header set. Version 1 has these headers; unknown ones are ignored:
//
//	v         "1", always first; other versions are not read
//	receipt   receipt id, hyphenated
//	received  start of the request, microseconds since 1970
//	key       public key, 32 characters
//	sampling  public key of the trace header when it is another one
//	project   project id of the request; absent when it had none
//	items     number of items
//	discards  JSON list of what the edge dropped; absent when nothing
//	signature X-Sentry-Relay-Signature; absent when there was none
//	trusted   "1" when the request came from a trusted relay (edge 4.4)
//	parked    microseconds since 1970 when the record was parked first
//	replay    id of the replay run
//	manifest  "1" when the value is a manifest
//	covers    which source offsets a report of our own tells the outcomes of, 32 hexadecimal digits; absent for others
//	aside     attempts that failed, and microseconds since 1970 when it is to be tried again: "3 1764..."; absent unless it was set aside
const version = "1"

// Encode returns the Kafka record of r. The value is r.Body itself, or the manifest; it is never nil, because a
// record without a value counts as deleted. Err is not encoded.
func Encode(r *Record) (key []byte, value []byte, headers []Header) {
	w := writer{buf: make([]byte, 0, 192+len(r.Signature)), headers: make([]Header, 0, 15)}
	w.add(topic.HeaderVersion, append(w.buf, version...))
	w.add(topic.HeaderReceipt, envelope.EventID(r.Receipt).AppendHyphenated(w.buf))
	w.add(topic.HeaderReceived, strconv.AppendInt(w.buf, r.ReceivedAt.UnixMicro(), 10))
	w.add(topic.HeaderKey, append(w.buf, r.Key...))
	if r.Sampling != "" {
		w.add(topic.HeaderSampling, append(w.buf, r.Sampling...))
	}
	if r.Project != 0 {
		w.add(topic.HeaderProject, strconv.AppendUint(w.buf, uint64(r.Project), 10))
	}
	w.add(topic.HeaderItems, strconv.AppendInt(w.buf, int64(r.Items), 10))
	if len(r.Discards) > 0 {
		discards, _ := json.Marshal(r.Discards) // numbers and texts only
		w.headers = append(w.headers, Header{topic.HeaderDiscards, discards})
	}
	if r.Signature != "" {
		w.add(topic.HeaderSignature, append(w.buf, r.Signature...))
	}
	if r.Trusted {
		w.add(topic.HeaderTrusted, append(w.buf, '1'))
	}
	if !r.ParkedAt.IsZero() {
		w.add(topic.HeaderParked, strconv.AppendInt(w.buf, r.ParkedAt.UnixMicro(), 10))
	}
	if r.Replay != nil {
		w.headers = append(w.headers, Header{topic.HeaderReplay, []byte(r.Replay.ID)})
	}
	if r.Aside != nil {
		w.add(topic.HeaderAside, strconv.AppendInt(append(strconv.AppendInt(w.buf, int64(r.Aside.Failed), 10), ' '), r.Aside.Due.UnixMicro(), 10))
	}
	if r.Covers != [16]byte{} {
		w.add(topic.HeaderCovers, hex.AppendEncode(w.buf, r.Covers[:]))
	}
	value = r.Body
	if r.Manifest != nil {
		w.add(topic.HeaderManifest, append(w.buf, '1'))
		value, _ = json.Marshal(r.Manifest)
	}
	if value == nil {
		value = []byte{}
	}
	return r.RecordKey(), value, w.headers
}

// byKey begins the Kafka key of records that are ordered by public key.
const byKey = "key:"

// RecordKey returns the Kafka key: the public key with ByKey, else the event id, else the receipt id.
func (r *Record) RecordKey() []byte {
	if r.ByKey {
		return append([]byte(byKey), r.Key...)
	}
	if !r.EventID.IsNil() {
		return r.EventID.Append(make([]byte, 0, 32))
	}
	return envelope.EventID(r.Receipt).AppendHyphenated(make([]byte, 0, 36))
}

// writer puts all short header values into one buffer.
type writer struct {
	buf     []byte
	headers []Header
}

// add takes the buffer with one value appended.
func (w *writer) add(key string, grown []byte) {
	start := len(w.buf)
	w.headers = append(w.headers, Header{key, grown[start:len(grown):len(grown)]})
	w.buf = grown
}

// Errors of records that cannot be decoded.
var (
	ErrVersion = errors.New("raw record: unknown header version")
	ErrValue   = errors.New("raw record: no value")
)

// Decode reads a record from raw, released or parked. It is total: what cannot be read gives a Record with Err and the value as Body; what
// could be read is filled in all the same. Body aliases value.
func Decode(key, value []byte, headers []Header) *Record {
	r := &Record{Body: value}
	if len(key) == 32 {
		r.EventID, _ = envelope.ParseEventID(string(key))
	}
	r.ByKey = bytes.HasPrefix(key, []byte(byKey))
	versioned, manifest := false, false
	for i := range headers {
		if headers[i].Key == topic.HeaderVersion {
			versioned = string(headers[i].Value) == version
			continue
		}
		if err := r.set(headers[i], &manifest); err != nil && r.Err == nil {
			r.Err = fmt.Errorf("raw record: header %s: %w", headers[i].Key, err)
		}
	}
	switch {
	case !versioned:
		r.Err = ErrVersion
	case r.Err != nil:
	case r.Receipt.IsNil():
		r.Err = fmt.Errorf("raw record: header %s: %w", topic.HeaderReceipt, ErrReceipt)
	case r.Key == "":
		r.Err = fmt.Errorf("raw record: header %s: %w", topic.HeaderKey, dsn.ErrPublicKey)
	case len(value) == 0:
		r.Err = ErrValue
	case manifest:
		m, err := decodeManifest(value)
		if err != nil {
			r.Err = fmt.Errorf("raw record: manifest: %w", err)
			break
		}
		r.Manifest, r.Body = m, nil
	}
	return r
}

// decodeManifest reads a manifest and checks that it names chunks.
func decodeManifest(b []byte) (*Manifest, error) {
	m := &Manifest{}
	if err := json.Unmarshal(b, m); err != nil {
		return nil, err
	}
	if sum, err := hex.DecodeString(m.SHA256); err != nil || len(sum) != 32 {
		return nil, errors.New("invalid hash")
	}
	if m.Partition < 0 || m.Length <= 0 || len(m.Offsets) == 0 {
		return nil, errors.New("no chunks")
	}
	return m, nil
}

func (r *Record) set(h Header, manifest *bool) (err error) {
	text := string(h.Value)
	switch h.Key {
	case topic.HeaderReceipt:
		r.Receipt, err = ParseReceipt(text)
	case topic.HeaderReceived:
		r.ReceivedAt, err = micros(text)
	case topic.HeaderKey:
		r.Key, err = dsn.ParsePublicKey(text)
	case topic.HeaderSampling:
		r.Sampling, err = dsn.ParsePublicKey(text)
	case topic.HeaderProject:
		r.Project, err = dsn.ParseProjectID(text)
	case topic.HeaderItems:
		r.Items, err = strconv.Atoi(text)
	case topic.HeaderDiscards:
		err = json.Unmarshal(h.Value, &r.Discards)
	case topic.HeaderSignature:
		r.Signature = text
	case topic.HeaderTrusted:
		r.Trusted = text == "1"
	case topic.HeaderParked:
		r.ParkedAt, err = micros(text)
	case topic.HeaderReplay:
		r.Replay = &Replay{ID: text}
	case topic.HeaderAside:
		r.Aside, err = parseAside(text)
	case topic.HeaderCovers:
		var b []byte
		if b, err = hex.DecodeString(text); err == nil && len(b) != len(r.Covers) {
			err = errors.New("not sixteen bytes")
		}
		copy(r.Covers[:], b)
	case topic.HeaderManifest:
		*manifest = text == "1"
	}
	return err
}

func parseAside(text string) (*Aside, error) {
	failed, due, _ := strings.Cut(text, " ")
	n, err := strconv.Atoi(failed)
	if err == nil && n < 0 {
		err = errors.New("negative attempts")
	}
	at, late := micros(due)
	return &Aside{n, at}, errors.Join(err, late)
}

func micros(text string) (time.Time, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	return time.UnixMicro(n).UTC(), err
}
