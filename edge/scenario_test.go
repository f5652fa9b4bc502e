package edge_test

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/raw"
	"weir/codecs/signature"
)

// waiting lists the scenarios that need more than this edge, by what they wait for. The whole system runs them all.
var waiting = []struct{ names, why string }{
	{`^004 |^017 .*(proxy|forward)|^146 |^14[89] `, "forwarding to the upstream (edge 1.4, 12.4)"},
	{`^12.9 identity`, "sending envelopes upstream (edge 12.9)"},
	{`^135|^136|^137|^138|^139|^14[0-5]|^015 .* relay API|^015 small|^005 .*relay API`, "the relay API (edge 12.5, 12.6)"},
	{`^147`, "metric buckets (edge 12.7, 12.8)"},
	{`^079|^153|^069|^070|^103|^104`, "a source of project configs, or time that passes"},
	{`^089|^090|^10[12] .*|^102`, "counters of the quota step"},
	{`^15[0124] |^31\.1`, "processes, signals, configuration files"},
	{`^016|^151`, "a process"},
}

type scenario struct {
	Name    string
	Tier    string
	Backend []string `json:"backends"`
	raw     map[string]any
}

var relays = map[string]string{
	"internal": "8f7dc1a5-3a3c-4c2b-9d7e-000000000001",
	"external": "8f7dc1a5-3a3c-4c2b-9d7e-000000000002",
	"unknown":  "8f7dc1a5-3a3c-4c2b-9d7e-000000000003",
}

func relayKey(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func relayPublic(name string) signature.PublicKey {
	return signature.PublicKey(relayKey(name).Public().(ed25519.PublicKey))
}

func loadScenarios(t *testing.T, file string) []scenario {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Scenarios []map[string]any }
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	var list []scenario
	for _, m := range doc.Scenarios {
		s := scenario{Name: m["name"].(string), raw: m}
		s.Tier, _ = m["tier"].(string)
		for _, b := range asList(m["backends"]) {
			s.Backend = append(s.Backend, b.(string))
		}
		list = append(list, s)
	}
	return list
}

func asMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func asList(v any) []any {
	l, _ := v.([]any)
	return l
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// TestScenarios plays the acceptance scenarios of the contract that need only the edge.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/scenarios/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios", err)
	}
	used := make([]int, len(waiting))
	played := 0
	for _, file := range files {
		for _, s := range loadScenarios(t, file) {
			if len(s.Backend) > 0 && !slices.Contains(s.Backend, "weir") {
				continue
			}
			if i := slices.IndexFunc(waiting, func(w struct{ names, why string }) bool { return regexp.MustCompile(w.names).MatchString(s.Name) }); i >= 0 {
				used[i]++
				continue
			}
			played++
			t.Run(strings.TrimSuffix(filepath.Base(file), ".json")+"/"+s.Name, s.play)
		}
	}
	t.Logf("%d scenarios played", played)
	for i, n := range used {
		if n == 0 {
			t.Errorf("nothing waits for %s any more", waiting[i].why)
		}
	}
}

var serial int

// names are the placeholders of one scenario.
func scenarioNames() map[string]string {
	serial++
	n := map[string]string{
		"K": fmt.Sprintf("%032x", 0xabc000+serial), "K2": fmt.Sprintf("%032x", 0xdef000+serial), "P": strconv.Itoa(7_000_000 + serial), "P2": strconv.Itoa(7_900_000 + serial),
		"TAG": fmt.Sprint("tag", serial), "UP": "4321", "NOW": time.Now().UTC().Format(time.RFC3339), "TS": strconv.FormatInt(time.Now().Unix(), 10),
	}
	n["AUTH"] = "Sentry sentry_key=" + n["K"] + ", sentry_version=7, sentry_client=test/1.0"
	for name, id := range relays {
		n["R"+strings.ToUpper(name[:1])] = id
		n["PUB"+strings.ToUpper(name[:1])] = relayPublic(name).String()
	}
	return n
}

func (s scenario) play(t *testing.T) {
	names := scenarioNames()
	needs := asMap(fill(s.raw["needs"], names))
	st := newStack(t, s.settings(t, needs))
	s.prepare(t, st, needs, names)
	steps := asList(s.raw["steps"])
	if steps == nil {
		steps = []any{map[string]any{"request": s.raw["request"], "expect": s.raw["expect"]}}
	}
	last := 0
	for i, step := range steps {
		m := asMap(fill(step, names))
		times := 1
		if n, ok := m["times"].(json.Number); ok {
			k, _ := n.Int64()
			times = int(k)
		}
		for range times {
			got := st.send(t, asMap(m["request"]))
			last, _ = got["status"].(int)
			if found := regexp.MustCompile(`[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}`).FindString(text(got["text"])); m["save"] != nil && found != "" {
				names[text(m["save"])] = strings.ReplaceAll(found, "-", "")
			}
			if d := differs(m["expect"], got, ""); d != "" {
				t.Fatalf("step %d%s [%v %.200v]", i+1, d, got["status"], got["text"])
			}
		}
	}
	s.checkEffect(t, st, fill(s.raw["effect"], names), last)
	if n := st.budget.Used(); n != 0 {
		t.Errorf("%d bytes of request bodies stay in use", n)
	}
}

func (s scenario) settings(t *testing.T, needs map[string]any) settings {
	c := defaults()
	c.gate.Proxy = needs["mode"] == "proxy"
	c.gate.AcceptUnknownItems = needs["mode"] != nil && needs["mode"] != "processing"
	c.intake.Upstream = dsn.DSN{Scheme: "http", Host: "127.0.0.1", Port: 4321}
	id, _ := envelope.ParseEventID(relays["internal"])
	c.intake.InternalRelays[id] = true
	size := func(to *int, wide *int64, n any) {
		k, err := parseSize(fmt.Sprint(n))
		if err != nil {
			t.Fatal(err)
		}
		if to != nil {
			*to = int(k)
		}
		if wide != nil {
			*wide = k
		}
	}
	for section, members := range asMap(needs["config"]) {
		for key, value := range asMap(members) {
			switch section + "." + key {
			case "limits.max_event_size":
				size(&c.gate.Sizes.MaxEventSize, &c.intake.MaxEventSize, value)
			case "limits.max_attachment_size":
				size(&c.gate.Sizes.MaxAttachmentSize, &c.intake.MaxAttachmentSize, value)
			case "limits.max_attachments_size":
				size(&c.gate.Sizes.MaxAttachmentsSize, &c.intake.MaxAttachmentsSize, value)
			case "limits.max_attachment_count":
				size(&c.gate.Sizes.MaxAttachmentCount, nil, value)
			case "limits.max_container_size":
				size(&c.gate.Sizes.MaxContainerSize, &c.intake.MaxContainerSize, value)
			case "limits.max_envelope_size":
				size(nil, &c.intake.MaxEnvelopeSize, value)
			case "limits.max_upload_size":
				size(nil, &c.intake.MaxUploadSize, value)
			case "routing.accept_unknown_items":
				c.gate.AcceptUnknownItems = value.(bool)
			case "relay.override_project_ids":
				c.gate.Project.OverrideProjectIDs = value.(bool)
			case "relay.internal_port":
				c.internal = true
			case "health.max_memory_bytes":
				// prepare takes the memory away
			default:
				t.Fatalf("the runner does not know %s.%s", section, key)
			}
		}
	}
	return c
}

func parseSize(s string) (int64, error) {
	unit := int64(1)
	for suffix, n := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "kB": 1000, "MB": 1_000_000} {
		if cut, ok := strings.CutSuffix(s, suffix); ok {
			s, unit = cut, n
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n * unit, err
}

// prepare brings the views into the state that the scenario starts from.
func (s scenario) prepare(t *testing.T, st *stack, needs map[string]any, names map[string]string) {
	if _, ok := asMap(asMap(needs["config"])["health"])["max_memory_bytes"]; ok {
		st.memory.Store(false)
	}
	if warm, ok := needs["warm"].(bool); ok && !warm || needs["mode"] == "proxy" {
		return
	}
	for name, numeric := range map[string]int{"K": 123, "K2": 124} {
		key := dsn.PublicKey(names[name])
		change, given := needs["project"]
		if given && change == nil {
			st.know(t, key, "")
			continue
		}
		base := map[string]any{
			"projectId": json.Number(names["P"]), "organizationId": json.Number(names["P"]), "slug": "p", "rev": "1",
			"publicKeys": []any{map[string]any{"publicKey": names[name], "isEnabled": true, "numericId": numeric}},
			"config":     map[string]any{"allowedDomains": []any{"*"}},
		}
		if given {
			base = asMap(merge(base, change))
		}
		state, err := json.Marshal(base)
		if err != nil {
			t.Fatal(err)
		}
		st.know(t, key, string(state))
	}
}

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

// checkEffect compares what the edge wrote and refused with the effect of the whole system, as far as the edge decides it.
func (s scenario) checkEffect(t *testing.T, st *stack, effect any, status int) {
	records, refusals := st.take()
	sums := outcomes(records, refusals)
	items := 0
	for _, r := range records {
		items += r.Items
		if e, err := envelope.Parse(r.Body); err != nil || len(e.Items) != r.Items || e.Header.EventID != r.EventID {
			t.Errorf("a record that is no envelope, or whose facts are not its: %v", err)
		}
	}
	if effect == nil {
		return
	}
	if effect == "none" {
		// What the pipeline would drop without a trace may be there.
		if status >= 300 && (items > 0 || len(sums) > 0) || len(sums) > 0 {
			t.Errorf("%d items written, outcomes %v; want none", items, sums)
		}
		return
	}
	m := asMap(effect)
	if asked, ok := m["config_asked"].(bool); ok && !asked && len(st.asked) > 0 {
		t.Errorf("config asked for: %v", st.asked)
	}
	if list, ok := m["outcomes"].([]any); ok && status >= 400 {
		want := map[tally]uint64{}
		for _, o := range list {
			var v struct {
				Outcome, Category, Quantity uint64
				Reason                      string
			}
			b, _ := json.Marshal(o)
			if err := json.Unmarshal(b, &v); err != nil {
				t.Fatal(err)
			}
			want[tally{outcome.ID(v.Outcome), outcome.Reason(v.Reason), outcome.Category(v.Category)}] += v.Quantity
		}
		if !maps.Equal(want, sums) {
			t.Errorf("outcomes %v, want %v", sums, want)
		}
	}
	if messages := asMap(m["messages"]); len(messages) > 0 && items == 0 {
		t.Errorf("nothing written; want %v", messages)
	}
	if n, ok := m["forwarded_count"].(json.Number); ok && n.String() != strconv.Itoa(len(records)) {
		t.Errorf("%d records, want %s", len(records), n)
	}
	for _, f := range asList(m["forwarded"]) {
		want, ok := asMap(f)["envelope"]
		if !ok {
			continue
		}
		problem := "nothing written"
		for _, r := range records {
			if problem = differs(want, parsed(t, r), ""); problem == "" {
				break
			}
		}
		if problem != "" {
			t.Errorf("no record like %v: %s", want, problem)
		}
	}
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
