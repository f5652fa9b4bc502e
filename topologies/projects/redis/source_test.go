package redis

import (
	"log/slog"
	"testing"

	"weir/codecs/dsn"
	"weir/topologies/projects"

	"github.com/alicebob/miniredis/v2"
	"github.com/klauspost/compress/zstd"
	"github.com/redis/go-redis/v9"
)

const (
	packed  = dsn.PublicKey("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
	plain   = dsn.PublicKey("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb")
	broken  = dsn.PublicKey("cccccccccccccccccccccccccccccccc")
	missing = dsn.PublicKey("dddddddddddddddddddddddddddddddd")
)

func TestCache(t *testing.T) {
	m := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: m.Addr(), MaxRetries: -1, DialerRetries: 1})
	t.Cleanup(func() { _ = client.Close() })
	s, err := New(Config{Client: client, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	state := `{"rev":"7","projectId":1}`
	for key, value := range map[dsn.PublicKey]string{packed: string(enc.EncodeAll([]byte(state), nil)), plain: state, broken: `{"slug":1}`} {
		if err := m.Set("relayconfig:"+string(key), value); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Set("relayconfig:"+string(packed)+".rev", "7"); err != nil {
		t.Fatal(err)
	}
	all := func(rev string) []projects.Request {
		var reqs []projects.Request
		for _, k := range []dsn.PublicKey{packed, plain, broken, missing} {
			reqs = append(reqs, projects.Request{Key: k, Rev: rev, HasRev: rev != ""})
		}
		return reqs
	}
	for rev, want := range map[string]projects.Kind{"": projects.Found, "6": projects.Found, "7": projects.Unchanged} {
		got, err := s.Fetch(t.Context(), all(rev))
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range []dsn.PublicKey{packed, plain} { // plain has no .rev key: its own revision counts
			if a := got[k]; a.Kind != want || want == projects.Found && string(a.State) != state {
				t.Errorf("revision %q of %s: %+v", rev, k, a)
			}
		}
		if a, ok := got[broken]; !ok || a.Kind != projects.Pending {
			t.Errorf("broken: %+v", a)
		}
		if a, ok := got[missing]; ok {
			t.Errorf("missing: %+v", a)
		}
	}
	m.Close()
	if _, err := s.Fetch(t.Context(), all("")); err == nil {
		t.Error("no error without a server")
	}
}
