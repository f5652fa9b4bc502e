package kafka

import (
	"fmt"
	"log/slog"
	"strings"
)

// logger gives goka's lines to slog: its own news are details for us.
type logger struct{ log *slog.Logger }

func (l logger) Print(v ...any)            { l.log.Debug(fmt.Sprint(v...)) }
func (l logger) Println(v ...any)          { l.log.Debug(strings.TrimSpace(fmt.Sprintln(v...))) }
func (l logger) Printf(f string, v ...any) { l.log.Debug(fmt.Sprintf(f, v...)) }
func (l logger) Debugf(string, ...any)     {}
