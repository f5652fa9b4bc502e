package downstream

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/project"
	"weir/codecs/raw"
	"weir/edge"
)

// maxMetrics bounds the body of R25, in bytes.
const maxMetrics = 50_000_000

// metrics is R25 (edge 12.7): buckets of many keys from an internal relay. Each key's become an envelope of their own. What cannot be read is
// answered like what can, but not counted; that it cannot be written is told, so that the relay sends it again.
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
	for _, text := range slices.Sorted(maps.Keys(body.Buckets)) {
		key, err := dsn.ParsePublicKey(text)
		if err != nil {
			a.Log.Warn("metrics of a relay below are for a key that is none", "error", err)
			continue
		}
		if err := a.writeBuckets(x, key, body.Buckets[text]); err != nil {
			return edge.Problem(http.StatusServiceUnavailable, "failed to queue envelope", err.Error())
		}
	}
	return accepted
}

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
