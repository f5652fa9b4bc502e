package config

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"weir/codecs/ingest"
)

// KafkaParam is one client setting in librdkafka's names.
type KafkaParam struct {
	Name  string `yaml:"name"`
	Value string `yaml:"value"`
}

// Brokers returns the bootstrap servers of the default producer.
func (p *Processing) Brokers() []string { return brokers(p.KafkaConfig) }

func brokers(params []KafkaParam) []string {
	for _, k := range params {
		if k.Name == "bootstrap.servers" || k.Name == "metadata.broker.list" {
			var out []string
			for b := range strings.SplitSeq(k.Value, ",") {
				if b = strings.TrimSpace(b); b != "" {
					out = append(out, b)
				}
			}
			return out
		}
	}
	return nil
}

func (p *Processing) setBrokers(value string) {
	i := slices.IndexFunc(p.KafkaConfig, func(k KafkaParam) bool { return k.Name == "bootstrap.servers" })
	if i < 0 {
		p.KafkaConfig = append(p.KafkaConfig, KafkaParam{Name: "bootstrap.servers", Value: value})
		return
	}
	p.KafkaConfig[i].Value = value
}

// Topic is where one kind of message goes: Names are shards (one in most cases) on the cluster of the named secondary config,
// or of the default one.
type Topic struct {
	Names  []string
	Config string
}

// Topics is `processing.topics`: the topics that are not at their default names.
type Topics struct{ Assigned map[ingest.Topic]Topic }

// Of returns the assignment of t.
func (t Topics) Of(which ingest.Topic) Topic {
	if a, ok := t.Assigned[which]; ok {
		return a
	}
	return Topic{Names: []string{which.DefaultName()}}
}

func (t *Topics) decodeNode(l *loader, n *yaml.Node, path string) {
	if n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode {
		l.fail("%s: a mapping of topics is expected (line %d)", path, n.Line)
		return
	}
	t.Assigned = map[ingest.Topic]Topic{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		which, ok := topicByKey(key)
		if !ok {
			var all []string
			for _, k := range ingest.AllTopics {
				all = append(all, k.Key())
			}
			msg := ""
			if near := nearest(key, all); near != "" {
				msg = "; did you mean " + near + "?"
			}
			l.fail("%s.%s: no such topic%s (line %d)", path, key, msg, n.Content[i].Line)
			continue
		}
		t.Assigned[which] = l.topic(value, path+"."+key)
	}
}

func topicByKey(key string) (ingest.Topic, bool) {
	for _, t := range ingest.AllTopics {
		if key == t.Key() || key == t.DefaultName() {
			return t, true
		}
	}
	return 0, false
}

// topic reads a name, an object with a name, or a list of either (pipeline 9.1).
func (l *loader) topic(n *yaml.Node, path string) (t Topic) {
	switch n.Kind {
	case yaml.ScalarNode:
		if n.Value == "" || n.Tag == "!!null" {
			l.fail("%s: a topic name is expected (line %d)", path, n.Line)
		}
		t.Names = []string{n.Value}
	case yaml.SequenceNode:
		if len(n.Content) == 0 {
			l.fail("%s: the list of shards is empty (line %d)", path, n.Line)
		}
		for _, c := range n.Content {
			one := l.topic(c, path)
			t.Names = append(t.Names, one.Names...)
			t.Config = or(one.Config, t.Config)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			switch k, v := n.Content[i].Value, n.Content[i+1]; k {
			case "name":
				t.Names = []string{v.Value}
			case "config":
				if v.Tag != "!!null" {
					t.Config = v.Value
				}
			case "key_rate_limit":
				l.warn("%s.key_rate_limit is not honoured: messages of one key stay together", path)
			default:
				l.warn("%s.%s: unknown key (line %d)", path, k, v.Line)
			}
		}
		if len(t.Names) == 0 {
			l.fail("%s: a topic without a name (line %d)", path, n.Line)
		}
	default:
		l.fail("%s: a topic name is expected (line %d)", path, n.Line)
	}
	return t
}

func (l *loader) checkTopics() {
	for which, t := range l.cfg.Processing.Topics.Assigned {
		if _, ok := l.cfg.Processing.SecondaryKafka[t.Config]; t.Config != "" && !ok {
			l.fail("processing.topics.%s: config %q is not defined in processing.secondary_kafka_configs", which.Key(), t.Config)
		}
	}
}
