package broker

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"weir/topologies/kafka/lag"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Defaults of Config.
const (
	MemoryWindow   = 64 << 20
	DiskWindow     = 1 << 30
	MemoryMaxBytes = 192 << 20
	DiskMaxBytes   = 4 << 30
)

// Segment sizes in bytes: space comes back in whole segments, and a restart after a crash reads one segment of every
// partition at a time.
const (
	memorySegment = 1 << 20
	diskSegment   = 4 << 20
)

// Config describes an embedded broker.
type Config struct {
	// Dir keeps the data over restarts; empty: memory. One process at a time may use a directory.
	Dir string
	// Fsync syncs every batch before it is acknowledged: acknowledged records survive the loss of power. Without it they
	// survive the end of the process, however it ends, but not the end of the machine. No effect in memory.
	Fsync bool
	// Window is how many bytes of records that everybody has read are kept for replay, over all topics together;
	// default MemoryWindow or DiskWindow. Topics that nobody reads are bounded by it too.
	Window int64
	// MaxBytes is where new input is refused; default MemoryMaxBytes or DiskMaxBytes.
	MaxBytes int64
	// Readers are the groups whose unread records are never deleted, whether they run or not. Other groups count while
	// they have members.
	Readers []lag.Group
	// Entry are the topics that take new input: refused at MaxBytes. Room for what the unread input will become is held
	// back, therefore outputs are always taken.
	Entry []string
	// Linked are topics whose records are named by records of other topics.
	Linked []Linked
	// Partitions is the default for topics created without a number; default 1.
	Partitions int
	// Port on 127.0.0.1; 0: chosen by the system.
	Port int
	// Every is the pause between two rounds of the janitor; default 1 s.
	Every time.Duration
	Log   *slog.Logger
}

// Linked says that records of Topic are named by records of the topics By (chunks by their manifest). They are kept as long as a record that names
// them has not been read, however often it is written again, and at least for Age: the longest time from a record to the one that names it. Both
// have to be written through Client of the broker.
type Linked struct {
	Topic string
	By    []string
	Age   time.Duration
	// Named returns the partition of Topic and the lowest offset that a record names, if it names any.
	Named func(*kgo.Record) (partition int32, first int64, ok bool)
}

// Validate reports what is missing.
func (c Config) Validate() error {
	var errs []error
	if c.Log == nil {
		errs = append(errs, errors.New("broker: no logger"))
	}
	if c.Window < 0 || c.MaxBytes < 0 || c.Port < 0 || c.Partitions < 0 {
		errs = append(errs, errors.New("broker: negative number"))
	}
	if c.MaxBytes > 0 && c.Window > c.MaxBytes/2 {
		errs = append(errs, fmt.Errorf("broker: a window of %d bytes leaves no room for input below max_bytes %d", c.Window, c.MaxBytes))
	}
	return errors.Join(errs...)
}

func (c Config) withDefaults() Config {
	window, limit := int64(MemoryWindow), int64(MemoryMaxBytes)
	if c.Dir != "" {
		window, limit = DiskWindow, DiskMaxBytes
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = max(limit, 3*c.Window)
	}
	if c.Window == 0 {
		c.Window = min(window, c.MaxBytes/3)
	}
	if c.Partitions == 0 {
		c.Partitions = 1
	}
	if c.Every == 0 {
		c.Every = time.Second
	}
	return c
}

// segment is the segment size.
func (c Config) segment() int {
	if c.Dir == "" {
		return memorySegment
	}
	return diskSegment
}
