package topics

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"weir/topologies/kafka/client"

	"github.com/twmb/franz-go/pkg/kadm"
)

// Kind says what a Finding is about.
type Kind string

// The kinds of findings.
const (
	KindMissing     Kind = "missing"      // the topic does not exist
	KindPartitions  Kind = "partitions"   // another number of partitions than declared
	KindSetting     Kind = "setting"      // a setting differs
	KindMessageSize Kind = "message_size" // max.message.bytes is smaller than declared
)

// AllKinds lists the kinds.
var AllKinds = []Kind{KindMissing, KindPartitions, KindSetting, KindMessageSize}

// Finding is one difference between declaration and cluster.
type Finding struct {
	Topic   string `json:"topic"`
	Kind    Kind   `json:"kind"`
	Setting string `json:"setting,omitempty"` // with KindSetting and KindMessageSize
	Want    string `json:"want,omitempty"`
	Have    string `json:"have,omitempty"`
}

func (f Finding) String() string {
	switch f.Kind {
	case KindMissing:
		return "topic " + f.Topic + " is missing"
	case KindPartitions:
		return fmt.Sprintf("topic %s has %s partitions, declared are %s", f.Topic, f.Have, f.Want)
	}
	return fmt.Sprintf("topic %s has %s=%s, declared is %s", f.Topic, f.Setting, f.Have, f.Want)
}

// State is a topic as the cluster has it.
type State struct {
	Name            string            `json:"name"`
	Partitions      int               `json:"partitions"`
	Replicas        int               `json:"replicas"`
	MaxMessageBytes int               `json:"max_message_bytes"`
	Settings        map[string]string `json:"settings"` // the declared ones, as they are
}

// Check compares the declared topics with the cluster and changes nothing.
func Check(ctx context.Context, cluster client.Config, declared []Topic) ([]State, []Finding, error) {
	if err := validate(declared); err != nil {
		return nil, nil, err
	}
	adm, done, err := cluster.Admin()
	if err != nil {
		return nil, nil, fmt.Errorf("topics: %w", err)
	}
	defer done()
	return compare(ctx, adm, declared)
}

func compare(ctx context.Context, adm *kadm.Client, declared []Topic) (states []State, findings []Finding, err error) {
	ts, err := adm.ListTopics(ctx, names(declared)...)
	if err != nil {
		return nil, nil, fmt.Errorf("list topics: %w", err)
	}
	var there []string
	for _, t := range declared {
		if ts[t.Name].Err == nil && len(ts[t.Name].Partitions) > 0 {
			there = append(there, t.Name)
		}
	}
	configs := map[string]map[string]string{}
	if len(there) > 0 {
		rs, err := adm.DescribeTopicConfigs(ctx, there...)
		if err != nil {
			return nil, nil, fmt.Errorf("describe topics: %w", err)
		}
		for _, r := range rs {
			if r.Err != nil {
				return nil, nil, fmt.Errorf("describe topic %s: %w", r.Name, r.Err)
			}
			m := map[string]string{}
			for _, c := range r.Configs {
				m[c.Key] = c.MaybeValue()
			}
			configs[r.Name] = m
		}
	}
	for _, t := range declared {
		have, ok := configs[t.Name]
		if !ok {
			findings = append(findings, Finding{Topic: t.Name, Kind: KindMissing})
			continue
		}
		s := State{Name: t.Name, Partitions: len(ts[t.Name].Partitions), Replicas: ts[t.Name].Partitions.NumReplicas(), Settings: map[string]string{}}
		s.MaxMessageBytes, _ = strconv.Atoi(have["max.message.bytes"])
		if t.Partitions > 0 && !t.Operator && s.Partitions != t.Partitions {
			findings = append(findings, Finding{Topic: t.Name, Kind: KindPartitions, Want: strconv.Itoa(t.Partitions), Have: strconv.Itoa(s.Partitions)})
		}
		want := t.settings()
		for _, k := range slices.Sorted(maps.Keys(want)) {
			s.Settings[k] = have[k]
			if k == "max.message.bytes" {
				if n, err := strconv.Atoi(want[k]); err == nil && s.MaxMessageBytes < n {
					findings = append(findings, Finding{t.Name, KindMessageSize, k, want[k], have[k]})
				}
			} else if have[k] != want[k] && !t.Operator {
				findings = append(findings, Finding{t.Name, KindSetting, k, want[k], have[k]})
			}
		}
		states = append(states, s)
	}
	return states, findings, nil
}
