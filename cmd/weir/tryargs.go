package main

import (
	"strings"

	"github.com/urfave/cli/v2"
)

// lateFlags takes flags that stand behind arguments, which the flag package leaves alone, and returns the arguments without them.
func lateFlags(c *cli.Context) (args []string, err error) {
	list := c.Args().Slice()
	for i := 0; i < len(list); i++ {
		text := list[i]
		if text == "--" {
			return append(args, list[i+1:]...), nil
		}
		if len(text) < 2 || text[0] != '-' {
			args = append(args, text)
			continue
		}
		name, value, given := strings.Cut(strings.TrimLeft(text, "-"), "=")
		flag := flagNamed(c.Command.Flags, name)
		if flag == nil {
			return nil, usagef("%s: flag provided but not defined: %s; see `weir %s --help`", c.Command.Name, text, c.Command.FullName())
		}
		if _, isBool := flag.(*cli.BoolFlag); !given && isBool {
			value, given = "true", true
		}
		if !given {
			if i++; i == len(list) {
				return nil, usagef("%s: flag needs an argument: %s", c.Command.Name, text)
			}
			value = list[i]
		}
		if err := c.Set(flag.Names()[0], value); err != nil {
			return nil, usagef("%s: invalid value %q for flag %s: %w", c.Command.Name, value, text, err)
		}
	}
	return args, nil
}

func flagNamed(flags []cli.Flag, name string) cli.Flag {
	for _, f := range flags {
		for _, n := range f.Names() {
			if n == name {
				return f
			}
		}
	}
	return nil
}
