package producer

import (
	"context"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// linger is how long requests to the broker are apart at least: every record of this time in one request costs a third less CPU for an envelope
// than those of 1 ms, and no sender minds. The first record after a pause does not wait.
const linger = 6 * time.Millisecond

// pacer sends what was handed to the client: at once after a pause, else when the time since the last request is over. The client by itself
// would let every first record wait, also where no other comes.
type pacer struct {
	client *kgo.Client
	every  time.Duration // 0: the client sends at once
	now    func() time.Time
	timer  *time.Timer

	mu    sync.Mutex
	last  time.Time // when something was sent
	armed bool      // the timer is going to send
}

// newPacer takes how long to wait from the client's options: the operator may have chosen it.
func newPacer(client *kgo.Client, now func() time.Time) *pacer {
	p := &pacer{client: client, now: now}
	p.every, _ = client.OptValue(kgo.ProducerLinger).(time.Duration)
	p.timer = time.AfterFunc(time.Hour, p.due)
	p.timer.Stop()
	return p
}

// handed notes that the client has another record.
func (p *pacer) handed() {
	if p.every == 0 {
		return
	}
	p.mu.Lock()
	if p.armed {
		p.mu.Unlock()
		return
	}
	now := p.now()
	if wait := p.every - now.Sub(p.last); wait > 0 {
		p.armed = true
		p.timer.Reset(wait)
		p.mu.Unlock()
		return
	}
	p.last = now
	p.mu.Unlock()
	p.send()
}

func (p *pacer) due() {
	p.mu.Lock()
	p.armed, p.last = false, p.now()
	p.mu.Unlock()
	p.send()
}

// ended is a context that does not wait for anything.
var ended = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// send makes the client send what it has, and does not wait for the answer.
func (p *pacer) send() { _ = p.client.Flush(ended) }
