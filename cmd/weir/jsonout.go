package main

import (
	"encoding/json"
	"io"
)

// writeJSON prints a document for people and programs: indented, and with <, > and & as they are.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
