package dialect

import (
	"strings"
	"sync"
	"unicode"
)

// property resolves what stands in \p{...}. Properties that the Go tables do not carry (ages, break properties, emoji, script
// extensions) are reported as not found.
func property(text string) (ranges, bool) {
	if name, value, negated, ok := splitProperty(text); ok {
		var class ranges
		switch loose(name) {
		case "gc", "generalcategory":
			class, ok = category(loose(value))
		case "sc", "script":
			class, ok = script(loose(value))
		default:
			return nil, false
		}
		if ok && negated {
			class = class.negate()
		}
		return class, ok
	}
	name := loose(text)
	if name != "cf" && name != "sc" && name != "lc" {
		if class, ok := binary(name); ok {
			return class, true
		}
	}
	if class, ok := category(name); ok {
		return class, true
	}
	return script(name)
}

func splitProperty(s string) (name, value string, negated, ok bool) {
	if name, value, ok = strings.Cut(s, "!="); ok {
		return name, value, true, true
	}
	if i := strings.IndexAny(s, ":="); i >= 0 {
		return s[:i], s[i+1:], false, true
	}
	return "", "", false, false
}

// loose folds a name as UAX 44 LM3 asks for.
func loose(s string) string {
	s = strings.ToLower(strings.Map(func(r rune) rune {
		if r == ' ' || r == '_' || r == '-' {
			return -1
		}
		return r
	}, s))
	if rest, ok := strings.CutPrefix(s, "is"); ok && rest != "" && rest != "oc" {
		return rest
	}
	return s
}

// looseNames returns the names of Unicode tables by their loose form, and by that of aliases.
func looseNames(tables map[string]*unicode.RangeTable, aliases map[string]string) map[string]string {
	out := make(map[string]string, len(tables)+len(aliases))
	for name := range tables {
		out[loose(name)] = name
	}
	for alias, name := range aliases {
		if tables[name] != nil {
			out[loose(alias)] = name
		}
	}
	return out
}

var (
	categories = sync.OnceValue(func() map[string]string {
		return looseNames(unicode.Categories, unicode.CategoryAliases)
	})
	scripts = sync.OnceValue(func() map[string]string {
		return looseNames(unicode.Scripts, map[string]string{
			"Arab": "Arabic", "Armn": "Armenian", "Beng": "Bengali", "Bopo": "Bopomofo", "Cyrl": "Cyrillic", "Deva": "Devanagari",
			"Ethi": "Ethiopic", "Geor": "Georgian", "Grek": "Greek", "Gujr": "Gujarati", "Guru": "Gurmukhi", "Hang": "Hangul",
			"Hani": "Han", "Hebr": "Hebrew", "Hira": "Hiragana", "Kana": "Katakana", "Khmr": "Khmer", "Knda": "Kannada",
			"Laoo": "Lao", "Latn": "Latin", "Mlym": "Malayalam", "Mong": "Mongolian", "Mymr": "Myanmar", "Sinh": "Sinhala",
			"Taml": "Tamil", "Telu": "Telugu", "Tibt": "Tibetan", "Zyyy": "Common", "Zinh": "Inherited", "Qaai": "Inherited",
		})
	})
	binaries = sync.OnceValue(func() map[string]string {
		return looseNames(unicode.Properties, map[string]string{
			"ahex": "ASCII_Hex_Digit", "hex": "Hex_Digit", "wspace": "White_Space", "space": "White_Space", "dia": "Diacritic",
			"ext": "Extender", "ideo": "Ideographic", "uideo": "Unified_Ideograph", "qmark": "Quotation_Mark", "dep": "Deprecated",
			"joinc": "Join_Control", "bidic": "Bidi_Control", "vs": "Variation_Selector", "ri": "Regional_Indicator",
			"patws": "Pattern_White_Space", "patsyn": "Pattern_Syntax", "nchar": "Noncharacter_Code_Point", "sd": "Soft_Dotted",
		})
	})
)

func category(name string) (ranges, bool) {
	switch name {
	case "any":
		return ranges{{0, unicode.MaxRune}}, true
	case "ascii":
		return ascii, true
	case "assigned":
		return ofCategories("Cn").negate(), true
	}
	name, ok := categories()[name]
	if !ok {
		return nil, false
	}
	return ofCategories(name), true
}

func script(name string) (ranges, bool) {
	known, ok := scripts()[name]
	if ok {
		name = loose(known)
	}
	more, isNew := scripts16[name]
	if !ok && !isNew {
		return nil, false
	}
	out := listed(more)
	if ok {
		out = out.union(fromTables(unicode.Scripts[known]))
	}
	return out, true
}

// binary resolves binary properties, the common derived ones among them.
func binary(name string) (ranges, bool) {
	switch name {
	case "alphabetic", "alpha":
		return alphabetic(), true
	case "lowercase", "lower":
		return ofCategories("Ll").union(fromTables(unicode.Other_Lowercase)), true
	case "uppercase", "upper":
		return ofCategories("Lu").union(fromTables(unicode.Other_Uppercase)), true
	case "cased":
		return ofCategories("Ll", "Lu", "Lt").union(fromTables(unicode.Other_Lowercase, unicode.Other_Uppercase)), true
	case "math":
		return ofCategories("Sm").union(fromTables(unicode.Other_Math)), true
	case "graphemeextend", "grext":
		return ofCategories("Me", "Mn").union(fromTables(unicode.Other_Grapheme_Extend)), true
	}
	known, ok := binaries()[name]
	if !ok || strings.HasPrefix(name, "other") {
		return nil, false
	}
	return fromTables(unicode.Properties[known]), true
}
