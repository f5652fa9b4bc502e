package config

import (
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// expand replaces every text value below n that is ${VAR} or ${file:PATH} as a whole (edge 15); within other text they stand for themselves, as in
// Relay. Paths are relative to the configuration directory. A value that was expanded is read as if it had been written plainly, so ${PORT} may be
// a number. It returns false when one of them does not exist, which it reports. What no key reads is never looked at.
func (l *loader) expand(n *yaml.Node) (ok bool) {
	faults := len(l.errs)
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" && n.Style != expandedStyle {
		if rest, ok := strings.CutPrefix(n.Value, "${"); ok {
			if name, ok := strings.CutSuffix(rest, "}"); ok {
				n.Value = l.variable(name, n.Line)
				n.Style = expandedStyle
			}
		}
	}
	for i, c := range n.Content {
		if n.Kind != yaml.MappingNode || i%2 == 1 {
			l.expand(c)
		}
	}
	return len(l.errs) == faults
}

// expandedStyle marks expanded scalars; no style of the YAML library has this value.
const expandedStyle yaml.Style = 1 << 20

// variable returns what ${name} stands for.
func (l *loader) variable(name string, line int) string {
	if path, isFile := strings.CutPrefix(name, "file:"); isFile {
		if !filepath.IsAbs(path) {
			path = filepath.Join(l.dir, path)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			l.fail("config.yml:%d: ${%s}: %w", line, name, err)
		}
		return strings.TrimRight(string(content), "\r\n")
	}
	v, ok := l.env[name]
	if !ok {
		l.fail("config.yml:%d: ${%s}: the environment variable is not defined", line, name)
	}
	return v
}

// twice reports a key that is written twice in one section: which of them was meant cannot be told.
func (l *loader) twice(path, file string, line, other int) {
	l.fail("%s: written twice (%s:%d and %d)", path, file, line, other)
}

// unique reports what is written twice anywhere below n.
func (l *loader) unique(n *yaml.Node, path, file string) {
	first := map[string]int{}
	for i, c := range n.Content {
		sub := path
		if n.Kind == yaml.MappingNode {
			key := n.Content[i/2*2]
			if sub = key.Value; path != "" {
				sub = path + "." + key.Value
			}
			if i%2 == 0 {
				if at, ok := first[key.Value]; ok {
					l.twice(sub, file, at, key.Line)
				}
				first[key.Value] = key.Line
				continue
			}
		}
		l.unique(c, sub, file)
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
