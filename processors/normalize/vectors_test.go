package normalize

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/codecs/casefile"
	"weir/codecs/envelope"
	"weir/codecs/event"
)

// vector is one executable example of the contract (18): testdata/vectors/<name>.json.
type vector struct {
	Name     string
	Config   vectorConfig
	Input    json.RawMessage
	RawInput *string `json:"raw_input"`
	Output   json.RawMessage
	Error    string
}

type vectorConfig struct {
	ReceivedAt  time.Time       `json:"received_at"`
	ProjectID   uint64          `json:"project_id"`
	KeyID       string          `json:"key_id"`
	Version     string          `json:"protocol_version"`
	Client      string          `json:"client"`
	Grouping    json.RawMessage `json:"grouping_config"`
	ClientIP    string          `json:"client_ip"`
	UserAgent   string          `json:"user_agent"`
	Hints       vectorHints     `json:"client_hints"`
	Past        *int            `json:"max_secs_in_past"`
	Future      *int            `json:"max_secs_in_future"`
	Trim        bool            `json:"enable_trimming"`
	Renormalize bool            `json:"is_renormalize"`
	RemoveOther *bool           `json:"remove_other"`
	UserAgents  bool            `json:"normalize_user_agent"`
	SampleRate  *float64        `json:"client_sample_rate"`
	ReplayID    string          `json:"replay_id"`
	Spans       bool            `json:"normalize_spans"`
}

type vectorHints struct {
	UA              string `json:"sec_ch_ua"`
	Platform        string `json:"sec_ch_ua_platform"`
	PlatformVersion string `json:"sec_ch_ua_platform_version"`
	Model           string `json:"sec_ch_ua_model"`
}

func limitOf(seconds *int) Limit {
	if seconds == nil {
		return Limit{}
	}
	return Within(time.Duration(*seconds) * time.Second)
}

func (c vectorConfig) inputs(t *testing.T) Inputs {
	in := Inputs{
		ReceivedAt: c.ReceivedAt, Project: c.ProjectID, KeyID: c.KeyID, Version: c.Version, Client: c.Client, Grouping: c.Grouping, ClientIP: c.ClientIP,
		UserAgent: c.UserAgent, Hints: envelope.ClientHints{UA: c.Hints.UA, Platform: c.Hints.Platform, PlatformVersion: c.Hints.PlatformVersion, Model: c.Hints.Model},
		MaxPast: limitOf(c.Past), MaxFuture: limitOf(c.Future), Trim: c.Trim, Renormalize: c.Renormalize,
		KeepUnknown: c.Renormalize, UserAgents: c.UserAgents, SampleRate: c.SampleRate, Spans: c.Spans,
	}
	if c.RemoveOther != nil {
		in.KeepUnknown = !*c.RemoveOther
	}
	if c.ReplayID != "" {
		id, err := envelope.ParseEventID(c.ReplayID)
		if err != nil {
			t.Fatal(err)
		}
		in.ReplayID = id
	}
	return in
}

// androidNames is an excerpt of the public list of Google Play that a deployment configures (10.5).
const androidNames = "Retail Branding,Marketing Name,Device,Model\nSamsung,Galaxy S10,beyond1,SM-G973F\r\nGoogle,Pixel 7,panther,Pixel 7\nshort,row\n"

func TestVectors(t *testing.T) {
	files, err := filepath.Glob("testdata/vectors/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	n := New(Config{DeviceNames: NewDeviceNames(androidNames)})
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			var v vector
			casefile.JSON(t, file, &v)
			got, want := runVector(t, n, v)
			if got != want {
				t.Errorf("\n in  %s\n got %s\nwant %s", compact(v.Input), got, want)
			}
		})
	}
}

func runVector(t *testing.T, n *Normalizer, v vector) (got, want string) {
	input := []byte(v.Input)
	if v.RawInput != nil {
		input = []byte(*v.RawInput)
	}
	doc, err := event.Parse(input)
	if v.Name == "json_nan" { // the pipeline rejects what the library repairs (18)
		if err == nil {
			t.Fatal("NaN is accepted")
		}
		return "", ""
	}
	if err != nil {
		t.Fatal(err)
	}
	defer doc.Release()
	if _, err := n.Normalize(doc, v.Config.inputs(t)); err != nil {
		return err.Error(), v.Error
	}
	out := doc.AppendTo(nil)
	if v.Error != "" {
		return string(out), v.Error
	}
	return canonical(t, out), canonical(t, v.Output)
}

// canonical brings numbers into weir's notation and keeps everything else, also the order of keys.
func canonical(t *testing.T, b []byte) string {
	t.Helper()
	d := event.New()
	defer d.Release()
	v, err := d.ParseText(string(b))
	if err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	floats(d, v)
	return string(v.AppendTo(nil))
}

func floats(d *event.Doc, v *event.Value) {
	if s, ok := v.NumberText(); ok && !event.IsInteger(s) {
		f, _ := v.Float()
		v.SetNumber(d.FloatText(f))
	}
	for _, m := range v.Members() {
		floats(d, m.Value)
	}
}

func compact(b []byte) string {
	var out bytes.Buffer
	if json.Compact(&out, b) != nil {
		return string(b)
	}
	return out.String()
}
