//go:build !linux

package main

// relaxWatcher does nothing: only Linux lets a process say how exact the sleep of a thread has to be.
func relaxWatcher() {}
