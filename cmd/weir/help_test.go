package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// TestHelp holds every command to a line that says what it does and to two examples that begin with how it is called.
func TestHelp(t *testing.T) {
	var walk func(path string, list []*cli.Command)
	walk = func(path string, list []*cli.Command) {
		for _, c := range list {
			name := path + " " + c.Name
			if c.Usage == "" {
				t.Errorf("%s: no usage line", name)
			}
			if len(c.Subcommands) > 0 {
				walk(name, c.Subcommands)
				continue
			}
			_, examples, ok := strings.Cut(c.Description, "Examples:\n\n")
			lines := strings.Split(strings.TrimRight(examples, "\n"), "\n")
			if !ok || len(lines) < 2 {
				t.Errorf("%s: fewer than two examples", name)
			}
			for _, line := range lines {
				if !strings.HasPrefix(line, "   ") || !strings.Contains(line, name) && !strings.Contains(line, "weir --"+c.Name) {
					t.Errorf("%s: example %q", name, line)
				}
			}
			var out, errs bytes.Buffer
			args := append(strings.Fields(name), "--help")
			if code := run(t.Context(), args, nil, strings.NewReader(""), &out, &errs); code != exitOK || !strings.Contains(out.String(), lines[0]) {
				t.Errorf("%s --help: status %d, %s%s", name, code, &out, &errs)
			}
		}
	}
	walk("weir", commands(&world{}))
}

// TestExampleFlags parses the flags of every example, so that help never shows what does not exist.
func TestExampleFlags(t *testing.T) {
	var walk func(list []*cli.Command)
	walk = func(list []*cli.Command) {
		for _, c := range list {
			walk(c.Subcommands)
			finish(c)
			_, examples, _ := strings.Cut(c.Description, "Examples:\n\n")
			for word := range strings.FieldsSeq(examples) {
				name, isFlag := strings.CutPrefix(word, "--")
				name, _, _ = strings.Cut(name, "=")
				if isFlag && name != "version" && flagNamed(c.Flags, name) == nil {
					t.Errorf("%s: example with unknown flag %s", c.Name, word)
				}
			}
		}
	}
	walk(commands(&world{}))
}
