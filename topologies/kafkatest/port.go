package kafkatest

import (
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"testing"
)

// Ports that FreePort has given out in this process.
var (
	portsMu sync.Mutex
	ports   = map[int]bool{}
)

// FreePort is a port for a server that ends and starts again in its place. It lies below those from which the system takes the near ends of
// connections: one of these could be taken while the server is away, also by somebody who calls it then and reaches himself.
func FreePort(t testing.TB) string {
	t.Helper()
	portsMu.Lock()
	defer portsMu.Unlock()
	for range 1000 {
		port := 12_000 + rand.IntN(20_000)
		if ports[port] {
			continue
		}
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		ports[port] = true
		return strconv.Itoa(port)
	}
	t.Fatal("no port is free")
	return ""
}
