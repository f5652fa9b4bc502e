package config

import (
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// expand replaces ${VAR} and ${file:PATH} in every text value below n (edge 15). Paths are relative to the configuration directory.
// A value that was expanded is read as if it had been written plainly, so ${PORT} may be a number.
func (l *loader) expand(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" && strings.Contains(n.Value, "${") {
		n.Value = l.expandText(n.Value, n.Line)
		n.Style = expandedStyle
	}
	for i, c := range n.Content {
		if n.Kind != yaml.MappingNode || i%2 == 1 {
			l.expand(c)
		}
	}
}

// expandedStyle marks expanded scalars; no style of the YAML library has this value.
const expandedStyle yaml.Style = 1 << 20

func (l *loader) expandText(s string, line int) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "${")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			l.fail("config.yml:%d: ${ without }", line)
			return b.String()
		}
		if path, isFile := strings.CutPrefix(name, "file:"); isFile {
			if !filepath.IsAbs(path) {
				path = filepath.Join(l.dir, path)
			}
			content, err := os.ReadFile(path)
			if err != nil {
				l.fail("config.yml:%d: ${%s}: %w", line, name, err)
			}
			b.WriteString(strings.TrimRight(string(content), "\r\n"))
		} else if v, ok := l.env[name]; ok {
			b.WriteString(v)
		} else {
			l.fail("config.yml:%d: ${%s}: the environment variable is not defined", line, name)
		}
		s = after
	}
}

func environment(environ []string) map[string]string {
	m := map[string]string{}
	for _, e := range environ {
		if k, v, ok := strings.Cut(e, "="); ok {
			m[k] = v
		}
	}
	return m
}
