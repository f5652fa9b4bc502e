// Package parking holds the envelopes whose project config is not known yet and releases each as soon as it is (house 1.6).
//
// It owns waiting: what is parked is never judged here. An envelope that is too old is released too, and the pipeline ends it.
// It must not know envelopes. Invariant: a record's offset is committed only when the record is on released, or on parked again.
package parking
