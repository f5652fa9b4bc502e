package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// childArgs makes this test binary a weir process: the arguments, one a line.
const childArgs = "WEIR_TEST_ARGS"

// TestChild is the body of the processes that startWeir makes; it ends with the test that made it, however that ends.
func TestChild(t *testing.T) {
	args := os.Getenv(childArgs)
	if args == "" {
		return
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(3)
	}()
	os.Exit(run(context.Background(), append([]string{"weir"}, strings.Split(args, "\n")...), os.Environ(), strings.NewReader(""), os.Stdout, os.Stderr))
}

// child is a process that a test started.
type child struct {
	name string
	cmd  *exec.Cmd
	log  string // file with all that it printed
	done chan struct{}
	err  error // of Wait
}

// startWeir runs this test binary as `weir args...`. env comes in addition to an environment without any WEIR_ or RELAY_ variable, and without proxies.
func startWeir(t *testing.T, name string, env []string, args ...string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(cmd.Env, childArgs+"="+strings.Join(args, "\n"))
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(v, "WEIR_") && !strings.HasPrefix(v, "RELAY_") && !strings.HasSuffix(strings.ToUpper(name), "_PROXY") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, env...)
	return startChild(t, name, cmd)
}

// startChild runs cmd until it is stopped, at the latest at the end of the test.
func startChild(t *testing.T, name string, cmd *exec.Cmd) *child {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cmd.Stdout, cmd.Stderr = f, f
	stdin, err := cmd.StdinPipe() // open as long as this process lives
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{name: name, cmd: cmd, log: f.Name(), done: make(chan struct{})}
	go func() {
		defer close(c.done)
		c.err = cmd.Wait()
	}()
	t.Cleanup(func() {
		c.signal(syscall.SIGTERM)
		if !c.ended(20 * time.Second) {
			t.Errorf("%s does not stop", name)
			c.kill()
		}
		_ = stdin.Close()
		if t.Failed() {
			t.Logf("%s said:\n%s", name, tail(c.output(), 6000))
		}
	})
	return c
}

func (c *child) signal(s os.Signal) { _ = c.cmd.Process.Signal(s) } // an error says that it has ended

// kill ends the process with SIGKILL and waits for its end.
func (c *child) kill() {
	c.signal(syscall.SIGKILL)
	<-c.done
}

// ended waits for the end of the process.
func (c *child) ended(within time.Duration) bool {
	end := time.NewTimer(within)
	defer end.Stop()
	select {
	case <-c.done:
		return true
	case <-end.C:
		return false
	}
}

// stop ends the process as an operator would, and wants exit status 0.
func (c *child) stop(t *testing.T) {
	t.Helper()
	c.signal(syscall.SIGTERM)
	if !c.ended(patience) {
		t.Fatalf("%s does not stop", c.name)
	}
	if c.err != nil {
		t.Errorf("%s: %v", c.name, c.err)
	}
}

func (c *child) alive() bool {
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

func (c *child) output() string {
	b, err := os.ReadFile(c.log)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// said waits until the process has printed something, and returns the first group of the pattern.
func (c *child) said(t *testing.T, pattern *regexp.Regexp) (text string) {
	t.Helper()
	eventually(t, c.name+" says "+pattern.String(), func() bool {
		if m := pattern.FindStringSubmatch(c.output()); m != nil {
			text = m[1]
			return true
		}
		if !c.alive() {
			t.Fatalf("%s ended: %v\n%s", c.name, c.err, tail(c.output(), 4000))
		}
		return false
	})
	return text
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }
