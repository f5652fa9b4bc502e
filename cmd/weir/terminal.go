package main

import (
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"
)

// isTerminal reports whether w is a character device, where colour and progress lines make sense.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}

// printable is a text that a sender chose, for a line on a terminal: what does not print is escaped as in Go's literals, so that it can neither
// move the cursor nor begin another line.
func printable(s string) string {
	if strings.IndexFunc(s, unprintable) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unprintable(r) {
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// endText is an outcome with its reason, if it has one, for a line.
func endText(outcome, reason string) string {
	return printable(strings.TrimSpace(outcome + " " + reason))
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// paint colours a text for a terminal; without one it is returned as it is.
type paint bool

func (p paint) code(c, s string) string {
	if !p {
		return s
	}
	return "\x1b[" + c + "m" + s + "\x1b[0m"
}

func (p paint) bold(s string) string   { return p.code("1", s) }
func (p paint) dim(s string) string    { return p.code("2", s) }
func (p paint) red(s string) string    { return p.code("31", s) }
func (p paint) green(s string) string  { return p.code("32", s) }
func (p paint) yellow(s string) string { return p.code("33", s) }
func (p paint) cyan(s string) string   { return p.code("36", s) }
