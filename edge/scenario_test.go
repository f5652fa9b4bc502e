package edge_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net"
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
	"weir/codecs/project"
	"weir/codecs/signature"
	"weir/edge"
)

// waiting lists the scenarios that need more than this edge, by what they wait for. The whole system runs them all.
var waiting = []struct{ names, why string }{
	{`^12.9 identity`, "sending envelopes upstream (edge 12.9)"},
	{`^142 events wait|^079|^153|^070|^103|^104`, "a source of project configs, or time that passes"},
	{`^089|^090|^10[12] .*|^102`, "counters of the quota step"},
	{`^15[124] |^150 (ready only|auth.ready|ready in proxy|little)|^31\.1`, "processes, signals, configuration files"},
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
		"TAG": fmt.Sprint("tag", serial), "NOW": time.Now().UTC().Format(time.RFC3339), "TS": strconv.FormatInt(time.Now().Unix(), 10),
	}
	n["AUTH"] = "Sentry sentry_key=" + n["K"] + ", sentry_version=7, sentry_client=test/1.0"
	for name, id := range relays {
		n["R"+strings.ToUpper(name[:1])] = id
		n["PUB"+strings.ToUpper(name[:1])] = relayPublic(name).String()
	}
	return n
}

func (s scenario) play(t *testing.T) {
	up := newUpstream(t)
	names := scenarioNames()
	names["UP"] = strconv.Itoa(up.Listener.Addr().(*net.TCPAddr).Port)
	needs := asMap(fill(s.raw["needs"], names))
	for _, rule := range asList(needs["upstream"]) {
		up.rules = append(up.rules, asMap(rule))
	}
	c := s.settings(t, needs)
	c.upstream = up
	c.intake.Upstream = dsn.DSN{Scheme: "http", Host: "127.0.0.1", Port: uint16(up.Listener.Addr().(*net.TCPAddr).Port)}
	st := newStack(t, c)
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
		poll, _ := m["poll"].(json.Number)
		patience, _ := poll.Float64()
		end := time.Now().Add(time.Duration(patience * float64(time.Second)))
		for n := 0; n < times; n++ {
			got := st.send(t, asMap(m["request"]))
			last, _ = got["status"].(int)
			if found := regexp.MustCompile(`[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}`).FindString(text(got["text"])); m["save"] != nil && found != "" {
				names[text(m["save"])] = strings.ReplaceAll(found, "-", "")
			}
			if d := differs(m["expect"], got, ""); d != "" {
				if time.Now().Before(end) {
					n--
					continue
				}
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
	c.forwarding = needs["mode"] == "proxy" || needs["mode"] == "managed"
	for _, name := range []string{"internal", "external"} {
		id, _ := envelope.ParseEventID(relays[name])
		c.downstream.Static[id] = edge.Relay{Key: relayPublic(name), Internal: name == "internal"}
	}
	c.gate.AcceptUnknownItems = needs["mode"] != nil && needs["mode"] != "processing"
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
			case "limits.max_api_payload_size":
				size(nil, &c.forward.MaxPayload, value)
			case "limits.max_api_file_upload_size":
				size(nil, &c.forward.MaxFileUpload, value)
			case "limits.max_api_chunk_upload_size":
				size(nil, &c.forward.MaxChunkUpload, value)
			case "http.forward":
				c.forwarding = c.forwarding && value.(bool)
			case "http.timeout":
				seconds, _ := value.(json.Number).Int64()
				c.forward.Timeout = time.Duration(seconds) * time.Second
			case "http.host_header":
				c.forward.HostHeader = value.(string)
			case "relay.upstream":
				c.forward.URL = value.(string)
			case "relay.advertised_upstream":
				c.downstream.AdvertisedUpstream = value.(string)
			case "health.max_memory_bytes":
				c.noMemory = true
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
	if !slices.ContainsFunc(st.upstream.rules, func(r map[string]any) bool { return strings.Contains(text(r["path"]), "projectconfigs") }) {
		var err error
		if st.global, err = project.ParseGlobal([]byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
	if needs["mode"] == "proxy" {
		return
	}
	warm, ok := needs["warm"].(bool)
	learn := func(key dsn.PublicKey, state string) {
		if ok && !warm {
			st.later[key] = state
			return
		}
		st.know(t, key, state)
	}
	for name, numeric := range map[string]int{"K": 123, "K2": 124} {
		key := dsn.PublicKey(names[name])
		change, given := needs["project"]
		if given && change == nil {
			learn(key, "")
			continue
		}
		base := map[string]any{
			"projectId": json.Number(names["P"]), "organizationId": json.Number(names["P"]), "slug": "p" + names["P"], "rev": "1",
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
		learn(key, string(state))
	}
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
		if status >= 300 && items > 0 && s.raw["steps"] == nil || len(sums) > 0 {
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
	seen := st.upstream.requests()
	if n, ok := m["forwarded_count"].(json.Number); ok && n.String() != strconv.Itoa(len(records)+len(seen)) {
		t.Errorf("%d records and %d requests, want %s", len(records), len(seen), n)
	}
	for _, f := range asList(m["forwarded"]) {
		want, ok := asMap(f)["envelope"]
		if !ok && len(records) == 0 {
			if d := differs(map[string]any{"$some": f}, seen, ""); d != "" {
				t.Error(d)
			}
		}
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
