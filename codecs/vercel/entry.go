package vercel

import (
	"bytes"
	"errors"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/record"
)

// ErrJSON means outcome reason invalid_json.
var ErrJSON = errors.New("invalid log drain entries")

// Context is what logs take when their entry does not say it.
type Context struct {
	Doc *event.Doc // owns the logs
	// Random gives the bytes of trace ids, by the position of the log.
	Random func(index int) [16]byte
}

// member is a known member of an entry and the attribute that it becomes.
type member struct {
	name, attribute string
	integer         bool
}

var members = []member{
	{"id", "vercel.id", false}, {"deploymentId", "vercel.deployment_id", false}, {"source", "vercel.source", false}, {"host", "server.address", false}, {"projectId", "vercel.project_id", false},
	{"projectName", "vercel.project_name", false}, {"buildId", "vercel.build_id", false}, {"entrypoint", "vercel.entrypoint", false}, {"destination", "vercel.destination", false},
	{"path", "vercel.path", false}, {"type", "vercel.log_type", false}, {"statusCode", "vercel.status_code", true}, {"requestId", "vercel.request_id", false},
	{"environment", "sentry.environment", false}, {"branch", "vercel.branch", false}, {"ja3Digest", "vercel.ja3_digest", false}, {"ja4Digest", "vercel.ja4_digest", false},
	{"edgeType", "vercel.edge_type", false}, {"executionRegion", "vercel.execution_region", false},
}

var proxyMembers = []member{
	{"timestamp", "vercel.proxy.timestamp", true}, {"method", "vercel.proxy.method", false}, {"host", "vercel.proxy.host", false}, {"path", "vercel.proxy.path", false},
	{"region", "vercel.proxy.region", false}, {"referer", "vercel.proxy.referer", false}, {"statusCode", "vercel.proxy.status_code", true}, {"clientIp", "vercel.proxy.client_ip", false},
	{"scheme", "vercel.proxy.scheme", false}, {"responseByteSize", "vercel.proxy.response_byte_size", true}, {"cacheId", "vercel.proxy.cache_id", false},
	{"pathType", "vercel.proxy.path_type", false}, {"pathTypeVariant", "vercel.proxy.path_type_variant", false}, {"vercelId", "vercel.proxy.vercel_id", false},
	{"vercelCache", "vercel.proxy.vercel_cache", false}, {"lambdaRegion", "vercel.proxy.lambda_region", false}, {"wafAction", "vercel.proxy.waf_action", false},
	{"wafRuleId", "vercel.proxy.waf_rule_id", false},
}

// needed are the members without which an entry is none.
var needed = [...]string{"id", "deploymentId", "source", "host", "timestamp", "projectId", "level"}

// List reads a JSON list of entries.
func List(c Context, payload []byte) ([]*event.Value, error) {
	list, err := c.Doc.ParseText(string(payload))
	if err != nil || list.Kind() != event.Array || list.Len() == 0 {
		return nil, ErrJSON
	}
	var logs []*event.Value
	for _, m := range list.Members() {
		v, ok := c.log(m.Value, len(logs))
		if !ok {
			return nil, ErrJSON
		}
		logs = append(logs, v)
	}
	return logs, nil
}

// Lines reads entries that stand one on a line.
func Lines(c Context, payload []byte) (logs []*event.Value, err error) {
	for line := range bytes.Lines(payload) {
		entry, err := c.Doc.ParseText(string(line))
		if err != nil {
			continue
		}
		if v, ok := c.log(entry, len(logs)); ok {
			logs = append(logs, v)
		}
	}
	if len(logs) == 0 {
		return nil, ErrJSON
	}
	return logs, nil
}

func (c *Context) log(entry *event.Value, index int) (*event.Value, bool) {
	d := c.Doc
	v := d.NewObject(8)
	a := record.AttributesOf(d, v)
	a.SetText("sentry.origin", "auto.log_drain.vercel")
	ms, ok := entry.Get("timestamp").Int()
	if !ok {
		return nil, false
	}
	for _, name := range needed {
		if entry.Get(name).IsNull() {
			return nil, false
		}
	}
	level, ok := levelOf(entry.Get("level"))
	body, hasBody := optionalText(entry.Get("message"))
	trace, okTrace := firstText(entry, "traceId", "trace.id")
	span, okSpan := firstText(entry, "spanId", "span.id")
	if !ok || !hasBody || !okTrace || !okSpan || !copyMembers(&a, entry, members) || !c.proxy(&a, entry.Get("proxy")) {
		return nil, false
	}
	if trace == "" {
		trace = entry.Get("requestId").Text()
	}
	v.Set("timestamp", record.NewTime(d, time.UnixMilli(ms)))
	var id []byte
	if trace != "" {
		parsed, err := envelope.ParseEventID(trace)
		id = parsed[:]
		if err != nil {
			id = []byte(trace)[:1]
		}
	}
	v.Set("trace_id", record.NewTraceID(d, id, c.Random(index)))
	if span != "" {
		v.Set("span_id", record.NewSpanID(d, span))
	}
	v.Set("level", d.NewString(level))
	v.Set("body", d.NewString(body))
	return v, true
}

func levelOf(v *event.Value) (string, bool) {
	switch text := v.Text(); text {
	case "info", "error", "fatal":
		return text, true
	case "warning":
		return "warn", true
	}
	return "", false
}

// optionalText is a text or nothing; false: it is something else.
func optionalText(v *event.Value) (string, bool) {
	text, ok := v.Str()
	return text, ok || v.IsNull()
}

func firstText(v *event.Value, names ...string) (text string, ok bool) {
	for _, name := range names {
		if text, ok = optionalText(v.Get(name)); !ok || text != "" {
			return text, ok
		}
	}
	return "", true
}

// copyMembers makes known members attributes; false: one has another type.
func copyMembers(a *record.Attributes, v *event.Value, list []member) bool {
	for _, m := range list {
		x := v.Get(m.name)
		switch {
		case x.IsNull():
		case m.integer:
			n, ok := x.Int()
			if !ok {
				return false
			}
			a.Set(m.attribute, record.TypeInteger, a.Doc.NewInt(n))
		case x.Kind() != event.String:
			return false
		default:
			a.AddText(m.attribute, x.Text())
		}
	}
	return true
}

func (c *Context) proxy(a *record.Attributes, v *event.Value) bool {
	if v.IsNull() {
		return true
	}
	if v.Kind() != event.Object || !copyMembers(a, v, proxyMembers) {
		return false
	}
	agents := v.Get("userAgent")
	if agents.IsNull() {
		return true
	}
	if agents.Kind() != event.Array {
		return false
	}
	for _, m := range agents.Members() {
		if m.Value.Kind() != event.String {
			return false
		}
	}
	a.SetText("vercel.proxy.user_agent", c.Doc.Intern(agents.AppendTo(nil)))
	return true
}
