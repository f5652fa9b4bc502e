package main

import (
	"context"
	"strings"

	"github.com/urfave/cli/v2"
)

// argumentsKey is the key of a command's arguments in its context.
type argumentsKey struct{}

// arguments returns what the command was given beside its flags, wherever these stood.
func arguments(c *cli.Context) []string {
	list, _ := c.Context.Value(argumentsKey{}).([]string)
	return list
}

// takeArguments reads them before the action runs; a command that has no use for any refuses them.
func takeArguments(action cli.ActionFunc) cli.ActionFunc {
	return func(c *cli.Context) error {
		args, err := lateFlags(c)
		if err != nil {
			return err
		}
		if c.Command.ArgsUsage == "" && len(args) > 0 {
			return usagef("%s: what is %q? there are only flags; see `weir %[1]s --help`", operation(c), args[0])
		}
		c.Context = context.WithValue(c.Context, argumentsKey{}, args)
		return action(c)
	}
}

// operation is how messages name a command: its words without weir.
func operation(c *cli.Context) string { return strings.TrimPrefix(c.Command.HelpName, "weir ") }

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
			return nil, usagef("%s: flag provided but not defined: %s; see `weir %[1]s --help`", operation(c), text)
		}
		if _, isBool := flag.(*cli.BoolFlag); !given && isBool {
			value, given = "true", true
		}
		if !given {
			if i++; i == len(list) {
				return nil, usagef("%s: flag needs an argument: %s", operation(c), text)
			}
			value = list[i]
		}
		if err := c.Set(flag.Names()[0], value); err != nil {
			return nil, usagef("%s: invalid value %q for flag %s: %w", operation(c), value, text, err)
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
