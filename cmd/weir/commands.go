package main

import "github.com/urfave/cli/v2"

// commands lists every subcommand in the order of the help page.
func commands(w *world) []*cli.Command {
	return []*cli.Command{
		devCommand(w),
		runCommand(w),
		edgeCommand(w),
		processCommand(w),
		topicsCommand(w),
		loadCommand(w),
		tryCommand(w),
		tapCommand(w),
		traceCommand(w),
		statusCommand(w),
		replayCommand(w),
		backtestCommand(w),
		configCommand(w),
		credentialsCommand(w),
		projectsCommand(w),
		healthcheckCommand(w),
		versionCommand(w),
		completionCommand(w),
	}
}
