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

// looseTable indexes Unicode tables by their loose names.
func looseTable(tables map[string]*unicode.RangeTable, aliases map[string]string) map[string]*unicode.RangeTable {
	out := make(map[string]*unicode.RangeTable, len(tables)+len(aliases))
	for name, t := range tables {
		out[loose(name)] = t
	}
	for alias, name := range aliases {
		if t := tables[name]; t != nil {
			out[loose(alias)] = t
		}
	}
	return out
}

var (
	categories = sync.OnceValue(func() map[string]*unicode.RangeTable {
		return looseTable(unicode.Categories, unicode.CategoryAliases)
	})
	scripts = sync.OnceValue(func() map[string]*unicode.RangeTable {
		return looseTable(unicode.Scripts, map[string]string{
			"Arab": "Arabic", "Armn": "Armenian", "Beng": "Bengali", "Bopo": "Bopomofo", "Cyrl": "Cyrillic", "Deva": "Devanagari",
			"Ethi": "Ethiopic", "Geor": "Georgian", "Grek": "Greek", "Gujr": "Gujarati", "Guru": "Gurmukhi", "Hang": "Hangul",
			"Hani": "Han", "Hebr": "Hebrew", "Hira": "Hiragana", "Kana": "Katakana", "Khmr": "Khmer", "Knda": "Kannada",
			"Laoo": "Lao", "Latn": "Latin", "Mlym": "Malayalam", "Mong": "Mongolian", "Mymr": "Myanmar", "Sinh": "Sinhala",
			"Taml": "Tamil", "Telu": "Telugu", "Tibt": "Tibetan", "Zyyy": "Common", "Zinh": "Inherited", "Qaai": "Inherited",
		})
	})
	binaries = sync.OnceValue(func() map[string]*unicode.RangeTable {
		return looseTable(unicode.Properties, map[string]string{
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
		return fromTables(unicode.Cn).negate(), true
	}
	t, ok := categories()[name]
	if !ok {
		return nil, false
	}
	return fromTables(t), true
}

func script(name string) (ranges, bool) {
	t, ok := scripts()[name]
	if !ok {
		return nil, false
	}
	return fromTables(t), true
}

// binary resolves binary properties, the common derived ones among them.
func binary(name string) (ranges, bool) {
	switch name {
	case "alphabetic", "alpha":
		return alphabetic(), true
	case "lowercase", "lower":
		return fromTables(unicode.Ll, unicode.Other_Lowercase), true
	case "uppercase", "upper":
		return fromTables(unicode.Lu, unicode.Other_Uppercase), true
	case "cased":
		return fromTables(unicode.Ll, unicode.Other_Lowercase, unicode.Lu, unicode.Other_Uppercase, unicode.Lt), true
	case "math":
		return fromTables(unicode.Sm, unicode.Other_Math), true
	case "graphemeextend", "grext":
		return fromTables(unicode.Me, unicode.Mn, unicode.Other_Grapheme_Extend), true
	}
	t, ok := binaries()[name]
	if !ok || strings.HasPrefix(name, "other") {
		return nil, false
	}
	return fromTables(t), true
}
