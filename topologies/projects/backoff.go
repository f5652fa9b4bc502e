package projects

import "time"

// backoff gives 0, 1 s, 1.5 s, 2.25 s, ... up to max (pipeline 3.4, 3.6). The zero value starts at 0.
type backoff struct {
	max  time.Duration
	step int
}

func (b *backoff) next() time.Duration {
	b.step++
	if b.step == 1 {
		return 0
	}
	d := time.Second
	for i := 2; i < b.step && d < b.max; i++ {
		d = d * 3 / 2
	}
	return min(d, b.max)
}

func (b *backoff) reset() { b.step = 0 }
