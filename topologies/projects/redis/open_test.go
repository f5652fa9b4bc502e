package redis

import (
	"log/slog"
	"testing"

	"weir/codecs/dsn"
	"weir/topologies/projects"

	"github.com/alicebob/miniredis/v2"
)

func TestOpen(t *testing.T) {
	srv := miniredis.RunT(t)
	key := dsn.PublicKey("0123456789abcdef0123456789abcdef")
	if err := srv.Set("pre:"+string(key), `{"projectId":7,"publicKeys":[{"publicKey":"`+string(key)+`"}]}`); err != nil {
		t.Fatal(err)
	}
	s, closeClient, err := Open(Server{URLs: []string{"redis://" + srv.Addr()}}, Config{Prefix: "pre", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer closeClient()
	got, err := s.Fetch(t.Context(), []projects.Request{{Key: key}})
	if err != nil || got[key].Kind != projects.Found {
		t.Fatalf("%v, %v", got, err)
	}
	for _, bad := range []Server{
		{}, {URLs: []string{"a", "b"}}, {URLs: []string{"http://x"}}, {URLs: []string{"redis://x"}, Cluster: true, Sentinels: []string{"a:1"}},
		{URLs: []string{"redis://m"}, Sentinels: []string{"x://"}},
	} {
		if _, _, err := Open(bad, Config{Log: slog.New(slog.DiscardHandler)}); err == nil {
			t.Errorf("%v opened", bad)
		}
	}
}
