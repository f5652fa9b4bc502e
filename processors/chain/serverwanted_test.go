package chain

import (
	"fmt"
	"strings"

	"weir/codecs/event"
)

// wanted compares with an expectation that has placeholders; _metrics are not compared, because they count the
// bytes of payloads in the notation of the recording.
type wanted struct{ id string }

func (w wanted) differ(path string, want, got *event.Value) string {
	if seconds, ok := placeholder64(want); ok {
		f, isNumber := got.Float()
		if isNumber && abs(f-float64(serverNow.Unix())-seconds) < 1e-6 || got.Text() == isoText(seconds) {
			return ""
		}
		return path
	}
	if s, ok := want.Str(); ok {
		switch s {
		case "<received>":
			f, _ := got.Float()
			if f == float64(serverNow.Unix()) || got.Text() == isoText(0) {
				return ""
			}
			return path
		case "<time text>", "<id>":
			if got.Kind() == event.String {
				return ""
			}
			return path
		case "{project}":
			if n, ok := got.NumberText(); ok && n == fmt.Sprint(serverProject) {
				return ""
			}
		}
		s = strings.NewReplacer("{project}", fmt.Sprint(serverProject), "{key}", serverKey, "{event_id}", w.id, "{event_id[:16]}", w.id[:16]).Replace(s)
		if got.Kind() != event.String || got.Text() != s {
			return path
		}
		return ""
	}
	if f, ok := want.Float(); ok {
		g, ok := got.Float()
		if !ok || f != g {
			return path
		}
		return ""
	}
	if want.Kind() != got.Kind() || want.Len() != got.Len() {
		return fmt.Sprintf("%s (%d members, want %d)", path, got.Len(), want.Len())
	}
	for i, m := range want.Members() {
		g := got.Members()[i]
		if m.Key != g.Key {
			return fmt.Sprintf("%s.%s (want %s)", path, g.Key, m.Key)
		}
		if m.Key == "_metrics" {
			continue
		}
		key := m.Key
		if key == "" {
			key = fmt.Sprint(i)
		}
		if p := w.differ(path+"."+key, m.Value, g.Value); p != "" {
			return p
		}
	}
	return ""
}

func placeholder64(v *event.Value) (seconds float64, ok bool) {
	if v.Kind() != event.Object || v.Len() != 1 {
		return 0, false
	}
	switch m := v.Members()[0]; m.Key {
	case "$now", "$received", "$iso":
		return m.Value.Float()
	}
	return 0, false
}

func abs(f float64) float64 { return max(f, -f) }
