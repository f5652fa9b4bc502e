package filter

import (
	"sync"

	"github.com/ua-parser/uap-go/uaparser"
	"gopkg.in/yaml.v3"
)

const defaultAgentCache = 4096

// newAgents parses browsers out of user agents with the list of uap-core. The expressions are compiled with the first use and results are
// remembered: one parse may try hundreds of them.
func newAgents(cache int) func(agent string) (family, major string) {
	if cache <= 0 {
		cache = defaultAgentCache
	}
	parser := sync.OnceValue(func() *uaparser.Parser {
		var all uaparser.RegexDefinitions
		if err := yaml.Unmarshal(uaparser.DefinitionYaml, &all); err != nil {
			panic(err) // the list is part of the program
		}
		p, err := uaparser.New(uaparser.WithRegexDefinitions(uaparser.RegexDefinitions{UA: all.UA}), uaparser.WithCacheSize(cache))
		if err != nil {
			panic(err)
		}
		return p
	})
	return func(agent string) (family, major string) {
		ua := parser().ParseUserAgent(agent)
		return ua.Family, ua.Major
	}
}
