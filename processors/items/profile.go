package items

import (
	"context"
	"strconv"
	"strings"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/codecs/profile"
	"weir/codecs/project"
	"weir/processors"
)

// perfetto is the content type of chunks with a binary trace in front of which JSON stands.
const perfetto = "application/x-perfetto-trace"

// openProfile reads a profile's metadata; what is no profile ends with the quantities of its header.
func openProfile(u *processors.Unit, it *processors.Item) {
	p, err := profile.Parse(it.Payload)
	if err != nil {
		u.Drop(it, outcome.Invalid, profileReason(err))
		return
	}
	it.Profile, it.Doc, it.Record = p, p.Doc, p.Doc.Root
	it.Quantities = []outcome.Quantity{{Category: outcome.Profile, N: 1}, {Category: outcome.ProfileIndexed, N: 1}, {Category: outcome.ProfileBackend, N: 1}}
	if profile.UI(p.Platform) {
		it.Quantities[2].Category = outcome.ProfileUi
	}
}

func profileReason(err error) outcome.Reason { return outcome.Reason(err.Error()) }

// transactionItems opens the first profile of a transaction; further ones are too many (items 9.1).
func transactionItems(u *processors.Unit) {
	first := true
	for _, it := range u.Items {
		if it.Type != envelope.TypeProfile || it.Fate != processors.FateOpen {
			continue
		}
		if !first {
			u.Drop(it, outcome.Invalid, reasonManyProfile)
			continue
		}
		first = false
		openProfile(u, it)
	}
}

// standaloneProfiles: only profiles of sampled-out transactions may come alone; their payload stays as it is (items 9.1).
func standaloneProfiles(u *processors.Unit) {
	for _, it := range u.Items {
		if it.Fate != processors.FateOpen {
			continue
		}
		if it.Sampled == nil || *it.Sampled {
			u.Drop(it, outcome.Invalid, reasonStandalone)
			continue
		}
		openProfile(u, it)
	}
}

// profileChunks opens the chunks of an envelope and compares what they are with what their headers say (items 9.2).
func profileChunks(u *processors.Unit) processors.Verdict {
	if !u.Has(project.FeatureContinuousProfiling) {
		return processors.DropSilent(outcome.Invalid, reasonFeature)
	}
	for _, it := range u.Open() {
		if it.ContentType == perfetto {
			if u.Has(project.FeatureContinuousProfilingPerf) {
				u.Drop(it, outcome.Invalid, ReasonInternal)
			}
			u.DropSilent(it, outcome.Invalid, reasonFeature)
			continue
		}
		if it.MetaLength != nil {
			u.Drop(it, outcome.Invalid, profileReason(profile.ErrTrace))
			continue
		}
		c, err := profile.ParseChunk(it.Payload)
		if err != nil {
			u.Drop(it, outcome.Invalid, profileReason(err))
			continue
		}
		it.Chunk, it.Doc, it.Record = c, c.Doc, c.Doc.Root
		if it.Platform != "" && it.Platform != c.Platform {
			u.Drop(it, outcome.Invalid, reasonProfileType)
			continue
		}
		it.Quantities = []outcome.Quantity{{Category: outcome.ProfileChunk, N: 1}}
		if profile.UI(c.Platform) {
			it.Quantities[0].Category = outcome.ProfileChunkUi
		}
	}
	return processors.Keep()
}

// Profiles writes the profiles that the filters left in the form of the contract (items 9.3). A transaction whose profile does not go
// with it is no longer linked to one.
func Profiles(cfg Config) processors.Step {
	cfg = cfg.withDefaults()
	return func(_ context.Context, u *processors.Unit) processors.Verdict {
		var facts *profile.Transaction
		for _, it := range u.Items {
			if it.Fate != processors.FateOpen || it.Profile == nil && it.Chunk == nil {
				continue
			}
			var err error
			if it.Chunk != nil {
				err = it.Chunk.Expand()
			} else {
				if facts == nil {
					facts = factsOf(u.Event.Root)
				}
				err = it.Profile.Expand(facts)
			}
			if err != nil {
				u.Drop(it, outcome.Invalid, profileReason(err))
				continue
			}
			it.Payload = it.Doc.AppendTo(make([]byte, 0, len(it.Payload)))
			it.Doc.Release()
			it.Profile, it.Chunk, it.Doc, it.Record = nil, nil, nil, nil
			if len(it.Payload) > cfg.MaxProfile {
				u.Drop(it, outcome.Invalid, reasonProfileSize)
			}
		}
		if u.Event != nil && lostProfile(u) {
			u.Event.Root.At("contexts", "profile").Delete("profile_id")
		}
		return processors.Keep()
	}
}

// lostProfile reports whether the unit had a profile and has none any more.
func lostProfile(u *processors.Unit) (lost bool) {
	for _, it := range u.Items {
		if it.Type == envelope.TypeProfile {
			if it.Fate == processors.FateOpen {
				return false
			}
			lost = true
		}
	}
	return lost
}

// factsOf is what a profile takes over from a normalized transaction.
func factsOf(root *event.Value) *profile.Transaction {
	t := &profile.Transaction{
		Name: root.Get("transaction").Text(), Release: root.Get("release").Text(), Dist: root.Get("dist").Text(), Environment: root.Get("environment").Text(),
		SpanID: root.At("contexts", "trace", "span_id").Text(), SDKName: root.At("sdk", "name").Text(), SDKVersion: root.At("sdk", "version").Text(),
	}
	add := func(key, s string) {
		if s != "" {
			t.Metadata = append(t.Metadata, profile.Pair{Key: key, Value: s})
		}
	}
	trace := root.At("contexts", "trace")
	add("app.identifier", root.At("contexts", "app", "app_identifier").Text())
	add("client_sdk.name", t.SDKName)
	add("client_sdk.version", t.SDKVersion)
	add("dist", t.Dist)
	add("environment", t.Environment)
	add("http.method", root.At("request", "method").Text())
	add("release", t.Release)
	add("segment_id", t.SpanID)
	add("transaction", t.Name)
	add("transaction.end", timeText(root.Get("timestamp")))
	add("transaction.op", trace.Get("op").Text())
	add("transaction.start", timeText(root.Get("start_timestamp")))
	add("transaction.status", trace.Get("status").Text())
	for _, m := range root.Get("tags").Members() {
		if k, v := m.Value.Index(0), m.Value.Index(1); !k.IsNull() && !v.IsNull() {
			t.Tags = append(t.Tags, profile.Pair{Key: k.Text(), Value: v.Text()})
		}
	}
	return t
}

// timeText is a normalized time, float seconds in microseconds, as RFC 3339 with nanoseconds; empty when there is none.
func timeText(v *event.Value) string {
	text, ok := v.NumberText()
	if !ok {
		return ""
	}
	whole, fraction, _ := strings.Cut(text, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || len(fraction) > 9 {
		return ""
	}
	nanos, err := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	if err != nil {
		return ""
	}
	return time.Unix(seconds, nanos).UTC().Format("2006-01-02T15:04:05.000000000-07:00")
}
