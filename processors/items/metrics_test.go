package items

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/codecs/envelope"
	"weir/processors"
)

// Buckets of sessions are merged whoever sends them; outcomes and usage counters count when a trusted relay sends them (items 17).
func TestMetricBuckets(t *testing.T) {
	at := received.Unix()
	bucket := func(name, value, tags string) string {
		return fmt.Sprintf(`{"timestamp":%d,"width":0,"name":%q,"type":"c","value":%s,"tags":{%s}}`, at, name, value, tags)
	}
	list := "[" + strings.Join([]string{
		bucket("c:sessions/session@none", "3", `"release":"r"`), bucket("c:sessions/session@none", "4", `"release":"r"`),
		bucket("c:outcomes/filtered@none", "2", `"category":"1","reason":"x","source":"below"`), bucket("c:outcomes/nonsense@none", "2", ``),
		bucket("c:outcomes/rate_limited@none", "5", `"category":"99"`), bucket("c:outcomes/invalid@none", "0", `"category":"1"`),
		bucket("c:spans/usage@none", "6", `"is_segment":"true"`), bucket("c:spans/usage@none", "7", `"is_segment":"false"`), bucket("c:transactions/usage@none", "1", ``), bucket("c:custom/x@none", "1", ``),
	}, ",") + "]"
	for _, c := range []struct {
		trusted bool
		want    []string
	}{
		{false, nil},
		{true, []string{"filtered/x/error/below 2", "rate_limited//unknown/ 5", "accepted//span/ 6", "accepted//transaction/ 6", "accepted//span/ 7"}},
	} {
		u := newUnit(processors.KindMetrics, item(envelope.TypeMetricBuckets, list), item(envelope.TypeMetricBuckets, "{"))
		u.Trusted = c.trusted
		Step(Config{})(context.Background(), u)
		if len(u.Buckets) != 1 || u.Buckets[0].Value != 7 || u.Buckets[0].ReceivedAt != at {
			t.Errorf("%+v", u.Buckets)
		}
		var got []string
		for _, n := range u.Counts {
			if n.Timestamp != time.Unix(at, 0).UTC() {
				t.Errorf("%+v", n)
			}
			got = append(got, fmt.Sprintf("%s/%s/%s/%s %d", n.ID, n.Reason, n.Category, n.Source, n.N))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("trusted %v: %v", c.trusted, got)
		}
		if e := ends(u, processors.Keep()); !slices.Equal(e, []string{"", "invalid_json!"}) {
			t.Errorf("%v", e)
		}
	}
}
