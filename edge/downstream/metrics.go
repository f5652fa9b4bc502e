package downstream

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"sync"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/project"
	"weir/codecs/raw"
	"weir/edge"
)

// maxMetrics bounds the body of R25, in bytes.
const maxMetrics = 50_000_000

// metrics is R25 (edge 12.7): buckets of many keys from an internal relay. Each key's become an envelope of their own. What cannot be read is
// answered like what can, but not counted; that not all could be written is told, so that the relay sends them again, and then those that were
// are not written a second time.
func (a *API) metrics(x *edge.Exchange) edge.Reply {
	caller, buf, problem := a.signedWithin(x, maxMetrics)
	if problem.Status != 0 {
		return problem
	}
	defer buf.Free()
	if !caller.Internal {
		return edge.Empty(http.StatusForbidden)
	}
	accepted := edge.JSON(http.StatusAccepted, []byte("{}"))
	var body struct {
		Buckets map[string]json.RawMessage `json:"buckets"`
	}
	if err := json.Unmarshal(buf.B, &body); err != nil {
		a.Log.Warn("metrics of a relay below cannot be read", "error", err)
		return accepted
	}
	which := repeat{caller.Key, sha256.Sum256(buf.B)}
	before := a.metricsTaken.of(which)
	var keys []dsn.PublicKey
	for _, text := range slices.Sorted(maps.Keys(body.Buckets)) {
		key, err := dsn.ParsePublicKey(text)
		if err != nil {
			a.Log.Warn("metrics of a relay below are for a key that is none", "error", err)
			continue
		}
		if !before[key] {
			keys = append(keys, key)
		}
	}
	errs := make([]error, len(keys))
	var wg sync.WaitGroup
	for at := range min(len(keys), atOnce) {
		wg.Go(func() {
			for i := at; i < len(keys); i += atOnce {
				errs[i] = a.writeBuckets(x, keys[i], body.Buckets[string(keys[i])])
			}
		})
	}
	wg.Wait()
	err := errors.Join(errs...)
	if err == nil {
		a.metricsTaken.keep(which, nil, a.Now())
		return accepted
	}
	done := map[dsn.PublicKey]bool{}
	maps.Copy(done, before)
	for i, key := range keys {
		if errs[i] == nil {
			done[key] = true
		}
	}
	a.metricsTaken.keep(which, done, a.Now())
	return edge.Problem(http.StatusServiceUnavailable, "failed to queue envelope", err.Error())
}

// atOnce is how many keys' buckets are written at the same time.
const atOnce = 64

func (a *API) writeBuckets(x *edge.Exchange, key dsn.PublicKey, list []byte) error {
	if _, status := a.Projects.Lookup(key); status == project.Pending {
		a.Projects.Request(key)
	}
	var random [10]byte
	rand.Read(random[:]) // never fails
	e := envelope.Envelope{Header: envelope.Header{Version: 7}, Items: []envelope.Item{{Type: envelope.TypeMetricBuckets, ContentType: envelope.ContentJSON, Length: len(list), Payload: list}}}
	return a.Writer.Write(context.WithoutCancel(x.R.Context()), &raw.Record{Receipt: raw.NewReceipt(a.Now(), random), ReceivedAt: x.ReceivedAt, Key: key, Trusted: true, Items: 1,
		Body: e.AppendTo(make([]byte, 0, len(list)+128))})
}
