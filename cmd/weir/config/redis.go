package config

import "go.yaml.in/yaml/v3"

// Redis names one Redis: a URL, several nodes of a cluster, or a master that sentinels watch, which Relay does not know.
type Redis struct {
	Servers   []string // redis:// or rediss:// URLs
	Cluster   bool
	Sentinels []string // host:port or URLs; the host of the one server is then the name of the master
	Options   RedisOptions
}

// RedisOptions are the pool settings that Relay has; zero means the default.
type RedisOptions struct {
	MaxConnections  int
	IdleTimeout     Seconds
	CreateTimeout   Seconds
	ResponseTimeout Seconds
}

// RedisConfigs is `processing.redis`: one Redis for everything, or one for each use.
type RedisConfigs struct{ Projects, Quotas *Redis }

func (r *RedisConfigs) decodeNode(l *loader, n *yaml.Node, path string) {
	if n.Tag == "!!null" {
		return
	}
	if n.Kind == yaml.MappingNode && (child(n, "project_configs") != nil || child(n, "quotas") != nil) {
		if c := child(n, "project_configs"); c != nil {
			r.Projects = l.redis(c, path+".project_configs")
		}
		if c := child(n, "quotas"); c != nil {
			r.Quotas = l.redis(c, path+".quotas")
		}
		return
	}
	one := l.redis(n, path)
	r.Projects, r.Quotas = one, one
}

func (l *loader) redis(n *yaml.Node, path string) *Redis {
	out := &Redis{}
	switch n.Kind {
	case yaml.ScalarNode:
		out.Servers = []string{n.Value}
	case yaml.MappingNode:
		if c := child(n, "server"); c != nil {
			out.Servers = []string{c.Value}
		}
		list := func(key string) (values []string) {
			if c := child(n, key); c != nil {
				for _, s := range c.Content {
					values = append(values, s.Value)
				}
			}
			return values
		}
		out.Sentinels = list("sentinel_nodes")
		if nodes := list("cluster_nodes"); len(nodes) > 0 {
			out.Cluster, out.Servers = true, append(out.Servers, nodes...)
		}
		if out.Cluster && (len(out.Sentinels) > 0 || child(n, "server") != nil) {
			l.fail("%s: either a server, or cluster_nodes (line %d)", path, n.Line)
		}
		l.redisOptions(n, out, path)
	}
	if len(out.Servers) == 0 || out.Servers[0] == "" {
		l.fail("%s: a Redis URL such as redis://127.0.0.1:6379 is expected (line %d)", path, n.Line)
	}
	return out
}

func (l *loader) redisOptions(n *yaml.Node, out *Redis, path string) {
	opts := n
	if o := child(n, "options"); o != nil {
		opts = o
	}
	number := func(key string) float64 {
		c := child(opts, key)
		if c == nil || c.Tag == "!!null" {
			return 0
		}
		var f float64
		if err := c.Decode(&f); err != nil || f < 0 {
			l.fail("%s.%s: %q is not a number (line %d)", path, key, c.Value, c.Line)
		}
		return f
	}
	out.Options.MaxConnections = int(number("max_connections"))
	out.Options.IdleTimeout = Seconds(number("idle_timeout") * 1e9)
	out.Options.CreateTimeout = Seconds(number("create_timeout") * 1e9)
	out.Options.ResponseTimeout = Seconds(number("response_timeout") * 1e9)
}

func child(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}
