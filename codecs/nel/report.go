package nel

import (
	_ "embed"
	"errors"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"weir/codecs/event"
	"weir/codecs/record"
)

//go:embed data/messages.tsv
var messagesTSV string

var messages = sync.OnceValue(func() map[string]string {
	m := make(map[string]string)
	for line := range strings.Lines(messagesTSV) {
		if kind, text, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); ok && !strings.HasPrefix(line, "#") && kind != "type" {
			m[kind] = text
		}
	}
	return m
})

// ErrJSON means outcome reason invalid_json.
var ErrJSON = errors.New("invalid list of network error reports")

// Context is what logs take from the request.
type Context struct {
	Doc      *event.Doc // owns the logs
	Received time.Time
	// Random gives the bytes of trace ids, by the position of the log.
	Random func(index int) [16]byte
	// Host is the host of a URL; false: the text is none.
	Host func(url string) (string, bool)
}

// Logs reads a list of reports.
func Logs(c Context, payload []byte) ([]*event.Value, error) {
	list, err := c.Doc.ParseText(string(payload))
	if err != nil || list.Kind() != event.Array {
		return nil, ErrJSON
	}
	var logs []*event.Value
	for _, m := range list.Members() {
		if body := m.Value.Get("body"); body.Kind() == event.Object {
			logs = append(logs, c.log(m.Value, body, len(logs)))
		}
	}
	return logs, nil
}

func (c *Context) log(report, body *event.Value, index int) *event.Value {
	d := c.Doc
	v := d.NewObject(6)
	age, _ := integer(report.Get("age"))
	const most = math.MaxInt64 / int64(time.Millisecond)
	at := c.Received.Add(-time.Duration(max(min(age, most), -most)) * time.Millisecond)
	v.Set("timestamp", record.NewTime(d, at))
	id := c.Random(index)
	trace := record.NewTraceID(d, id[:], id)
	v.Set("trace_id", trace)
	kind, known := body.Get("type").Str()
	level := "warn"
	if !known {
		kind = "unknown"
	} else if kind == "ok" {
		level = "info"
	}
	status, hasStatus := integer(body.Get("status_code"))
	v.Set("level", d.NewString(level))
	v.Set("body", d.NewString(d.Concat(message(kind, status))))

	a := record.AttributesOf(d, v)
	a.SetText("sentry.origin", "auto.http.browser_report.nel")
	a.SetText("browser.report.type", "network-error")
	text := func(name string, x *event.Value) { a.AddText(name, x.Text()) }
	if url := report.Get("url").Text(); url != "" {
		domain, ok := c.Host(url)
		if !ok {
			domain = url
		}
		a.AddText("url.domain", domain)
		a.AddText("url.full", url)
	}
	if ms, ok := integer(body.Get("elapsed_time")); ok {
		a.Set("http.request.duration", record.TypeInteger, d.NewInt(ms))
	}
	text("http.request.method", body.Get("method"))
	text("http.request.header.referer", body.Get("referrer"))
	if hasStatus {
		a.Set("http.response.status_code", record.TypeInteger, d.NewInt(status))
	}
	protocol, version, _ := strings.Cut(body.Get("protocol").Text(), "/")
	version, _, _ = strings.Cut(version, "/")
	a.AddText("network.protocol.name", protocol)
	a.AddText("network.protocol.version", version)
	if ip := body.Get("server_ip").Text(); ip != "" {
		if _, err := netip.ParseAddr(ip); err == nil {
			a.AddText("server.address", ip)
		}
	}
	text("nel.referrer", body.Get("referrer"))
	a.AddText("nel.phase", strings.ToLower(body.Get("phase").Text()))
	if f, ok := body.Get("sampling_fraction").Float(); ok {
		a.SetFloat("nel.sampling_fraction", f)
	}
	text("nel.type", body.Get("type"))
	return v
}

// message says in words what an error type means.
func message(kind string, status int64) string {
	text, ok := messages()[kind]
	if !ok {
		return kind
	}
	return strings.Replace(text, "{}", strconv.FormatInt(status, 10), 1)
}

// integer is a number without its fraction.
func integer(v *event.Value) (int64, bool) {
	if n, ok := v.Int(); ok {
		return n, true
	}
	f, ok := v.Float()
	if !ok || f < -1<<62 || f > 1<<62 {
		return 0, false
	}
	return int64(f), true
}
