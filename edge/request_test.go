package edge_test

import (
	"bufio"
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/codecs/raw"
)

// send writes a request byte for byte and returns the answer in the form of the scenarios.
func (st *stack) send(t *testing.T, req map[string]any) map[string]any {
	srv := st.Server
	if req["listener"] == "internal" {
		srv = st.internal
	}
	data := build(t, req["body"])
	head := http.Header{}
	for k, v := range asMap(req["headers"]) {
		values, ok := v.([]any)
		if !ok {
			values = []any{v}
		}
		for _, one := range values {
			head[k] = append(head[k], string(build(t, one)))
		}
	}
	has := func(name string) bool {
		for k := range head {
			if strings.EqualFold(k, name) {
				return true
			}
		}
		return false
	}
	if parts, ok := req["multipart"]; ok {
		data = multipartBody(t, asList(parts))
		if !has("Content-Type") {
			head["Content-Type"] = []string{"multipart/form-data; boundary=weirboundary"}
		}
	}
	plain := data
	if enc := text(req["encode"]); enc != "" {
		data = compressed(t, enc, data)
		if !has("Content-Encoding") {
			head["Content-Encoding"] = []string{enc}
		}
	}
	if sign, ok := req["sign"]; ok {
		signRequest(t, head, asMap(sign), plain)
	}
	c, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n", req["method"], req["target"])
	for _, k := range slices.Sorted(maps.Keys(head)) {
		for _, v := range head[k] {
			fmt.Fprintf(&b, "%s: %s\r\n", k, v)
		}
	}
	if chunked, _ := req["chunked"].(bool); chunked {
		b.WriteString("Transfer-Encoding: chunked\r\n\r\n")
		for part := range slices.Chunk(data, 8192) {
			fmt.Fprintf(&b, "%x\r\n%s\r\n", len(part), part)
		}
		b.WriteString("0\r\n\r\n")
	} else {
		if req["method"] != "GET" && !has("Content-Length") {
			fmt.Fprintf(&b, "Content-Length: %d\r\n", len(data))
		}
		b.WriteString("\r\n")
		b.Write(data)
	}
	start := time.Now()
	if _, err := c.Write(b.Bytes()); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: text(req["method"])})
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	headers := map[string]any{}
	for k, v := range resp.Header {
		headers[strings.ToLower(k)] = strings.Join(v, ", ")
	}
	got := map[string]any{"status": resp.StatusCode, "headers": headers, "text": string(content), "hex": hex.EncodeToString(content),
		"empty": len(content) == 0, "ms": float64(time.Since(start).Milliseconds()), "peak_mib": 1.0}
	var doc any
	dec := json.NewDecoder(bytes.NewReader(content))
	dec.UseNumber()
	if dec.Decode(&doc) == nil {
		got["json"] = doc
	}
	return got
}

func multipartBody(t *testing.T, parts []any) []byte {
	var b bytes.Buffer
	for _, p := range parts {
		m := asMap(p)
		b.WriteString("--weirboundary\r\nContent-Disposition: form-data")
		for _, k := range []string{"name", "filename"} {
			if v, ok := m[k]; ok {
				fmt.Fprintf(&b, "; %s=\"%s\"", k, v)
			}
		}
		if v, ok := m["type"]; ok {
			fmt.Fprintf(&b, "\r\nContent-Type: %s", v)
		}
		b.WriteString("\r\n\r\n")
		b.Write(build(t, m["body"]))
		b.WriteString("\r\n")
	}
	b.WriteString("--weirboundary--\r\n")
	return b.Bytes()
}

func signRequest(t *testing.T, head http.Header, sign map[string]any, data []byte) {
	as := text(sign["as"])
	key := as
	if k := text(sign["key"]); k != "" {
		key = k
	}
	age := 0.0
	if n, ok := sign["age"].(json.Number); ok {
		age, _ = n.Float64()
	}
	at := time.Now().Add(-time.Duration(age * float64(time.Second))).UTC()
	fields := map[string]string{"t": at.Format(time.RFC3339Nano)}
	opts := ed25519.Options{}
	if alg := text(sign["algorithm"]); alg != "" {
		fields["a"] = alg
	}
	header, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	if d, ok := sign["data"]; ok {
		data = build(t, d)
	}
	msg := append(append(slices.Clone(header), 0), data...)
	if fields["a"] == "v1" {
		msg, opts = prehash(msg)
	}
	sig, err := relayKey(key).Sign(nil, msg, &opts)
	if err != nil {
		t.Fatal(err)
	}
	value := base64.RawURLEncoding.EncodeToString(sig) + "." + base64.RawURLEncoding.EncodeToString(header)
	if s := text(sign["text"]); s != "" {
		value = s
	}
	head["X-Sentry-Relay-Id"] = []string{relays[as]}
	head["X-Sentry-Relay-Signature"] = []string{value}
}

// prehash is what v1 signatures sign.
func prehash(msg []byte) ([]byte, ed25519.Options) {
	sum := sha512.Sum512(msg)
	return sum[:], ed25519.Options{Hash: crypto.SHA512}
}

// parsed returns the envelope of a record in the form of the scenarios.
func parsed(t *testing.T, r *raw.Record) map[string]any {
	decode := func(b []byte) (v any) {
		dec := json.NewDecoder(bytes.NewReader(b))
		dec.UseNumber()
		if err := dec.Decode(&v); err != nil {
			t.Fatalf("%v in %q", err, b)
		}
		return v
	}
	line, rest, _ := bytes.Cut(r.Body, []byte("\n"))
	items := []any{}
	for len(rest) > 0 {
		head, tail, _ := bytes.Cut(rest, []byte("\n"))
		h := asMap(decode(head))
		n, _ := h["length"].(json.Number).Int64()
		items = append(items, map[string]any{"header": h, "size": int(n), "payload": string(tail[:n])})
		rest = tail[n+1:]
	}
	return map[string]any{"header": decode(line), "items": items}
}
