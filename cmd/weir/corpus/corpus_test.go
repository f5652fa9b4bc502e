package corpus

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestAllAreThere(t *testing.T) {
	sdks := map[string]int{}
	for _, r := range All() {
		sdks[r.SDK]++
		if r.Method == "" || !strings.HasPrefix(r.Path, "/api/42/") {
			t.Errorf("%s: %s %s", r.Name, r.Method, r.Path)
		}
	}
	if len(All()) != 239 || len(sdks) != 9 {
		t.Errorf("%d requests of %v", len(All()), sdks)
	}
}

// A request that is moved by nothing to its own project and key is the same request.
func TestAtKeepsEverythingElse(t *testing.T) {
	for _, r := range All() {
		same := r.At(Captured, Project, Key)
		a, errA := decode(r.Header("Content-Encoding"), r.Body)
		b, errB := decode(r.Header("Content-Encoding"), same.Body)
		if (errA == nil) != (errB == nil) || errA == nil && !bytes.Equal(a, b) {
			t.Errorf("%s changed", r.Name)
		}
		moved := r.At(Captured.Add(400*24*time.Hour), 7, strings.Repeat("b", 32))
		c, errC := decode(r.Header("Content-Encoding"), moved.Body)
		if errC == nil && bytes.Contains(c, []byte(Key)) || strings.Contains(moved.Target(), Key) {
			t.Errorf("%s: the old key is left", r.Name)
		}
		if errC == nil && errA == nil && (len(c) != len(a) && !bytes.Contains(a, []byte(`"dsn"`))) {
			t.Errorf("%s: the length changed from %d to %d", r.Name, len(a), len(c))
		}
		if errC == nil && bytes.Contains(c, []byte("2026-11-23T")) {
			t.Errorf("%s: a time of the capture is left", r.Name)
		}
	}
}
