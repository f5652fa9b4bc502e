package outcomes

import "weir/codecs/topic"

// Balance is the equation of one part: of a project key, an hour, or everything.
type Balance struct {
	Items      Items  `json:"items"`
	Finished   int64  `json:"finished"`   // envelopes that ended
	Parked     int64  `json:"parked"`     // envelopes that wait for their config
	Dead       int64  `json:"dead"`       // of Finished: dead letters as a whole
	Duplicates int64  `json:"duplicates"` // envelopes processed more than once; they count once
	Unchecked  uint64 `json:"unchecked"`  // quota checks that the store did not answer
}

// Balance adds up what the part's sources say.
func (p *Part) Balance(names topic.Names) Balance {
	b := Balance{Dead: int64(p.Dead), Duplicates: int64(p.Repeated), Unchecked: p.Unchecked}
	for source, a := range p.Sources {
		b.Finished += int64(a.Envelopes) - int64(a.Parked)
		b.Parked += int64(a.Parked)
		switch source.Topic { // was among the parked ones of another topic
		case names.Released, names.Forward, names.ForwardAside:
			b.Parked -= int64(a.Envelopes)
		}
	}
	if twice := -b.Parked; twice > 0 { // parking released some again after a crash
		b.Parked, b.Finished, b.Duplicates = 0, b.Finished-twice, b.Duplicates+twice
	}
	i := p.Items
	b.Items = Items{i.Received, i.Accepted, i.Discarded, i.Dead, int64(i.Received) - int64(i.Accepted+i.Discarded+i.Dead)}
	return b
}
