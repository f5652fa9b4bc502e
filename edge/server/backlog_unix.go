//go:build unix

package server

import (
	"net"
	"syscall"
)

// setBacklog repeats listen(2) with the wanted length; the system may cut it. A failure leaves the default.
func setBacklog(l *net.TCPListener, n int) {
	if raw, err := l.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _ = syscall.Listen(int(fd), n) })
	}
}
