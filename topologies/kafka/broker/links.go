package broker

import "time"

// key names a partition.
type key struct {
	topic string
	part  int32
}

// links follows one Linked topic. It samples the ends of the topic and of those that name it; a sample of the topic is
// settled when a later one, Age after it, has been read completely.
type links struct {
	Linked
	samples []sample
	done    map[int32]int64 // by partition: records below are named by nobody any more
}

type sample struct {
	at    time.Time
	ends  map[int32]int64 // of Topic
	named map[key]int64   // ends of By
}

// observe takes a new sample when it is time for one and settles old ones. parts must hold the topics By with the
// positions of their readers.
func (l *links) observe(now time.Time, parts []part) {
	safe := map[key]int64{}
	s := sample{at: now, ends: map[int32]int64{}, named: map[key]int64{}}
	for _, p := range parts {
		if p.topic == l.Topic {
			s.ends[p.part] = p.end
		}
		for _, by := range l.By {
			if p.topic == by {
				s.named[key{by, p.part}] = p.end
				safe[key{by, p.part}] = p.safe
			}
		}
	}
	if n := len(l.samples); n == 0 || now.Sub(l.samples[n-1].at) >= l.Age/8 {
		l.samples = append(l.samples, s)
	}
	for i := len(l.samples) - 1; i > 0; i-- {
		if !read(l.samples[i], safe) {
			continue
		}
		limit := l.samples[i].at.Add(-l.Age)
		first := 0
		for first < i && !l.samples[first].at.After(limit) {
			l.done = l.samples[first].ends
			first++
		}
		l.samples = l.samples[first:]
		return
	}
}

// read reports whether everything that was there at the time of s has been read.
func read(s sample, safe map[key]int64) bool {
	for k, end := range s.named {
		if safe[k] < end {
			return false
		}
	}
	return true
}

// settled is the offset of p below which nothing is needed any more.
func (l *links) settled(p part) int64 {
	if at, ok := l.done[p.part]; ok {
		return max(at, p.start)
	}
	return p.start
}
