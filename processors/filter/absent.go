package filter

import "weir/processors/match"

// absent is the part of an Item that a kind of item has none of.
type absent struct{}

func (absent) UserIP() (string, bool) { return "", false }

func (absent) Transaction() (string, bool) { return "", false }

func (absent) URL() (string, bool) { return "", false }

func (absent) UserAgent() (string, bool) { return "", false }

func (absent) Browser() (family, major string, ok bool) { return "", "", false }

func (absent) Header(string) (string, bool) { return "", false }

func (absent) Elements(string, func(match.Fields) bool) bool { return false }
