// Package useragent reads browser, operating system and device out of user agent texts, by the ordered rules of the public uap-core
// project (regexes.yaml at its revision 880683d, Apache License 2.0, Copyright 2009 Google Inc.), which stand in data/rules.tsv.
//
// A rule is a regular expression; the first that matches decides. Hundreds of them are asked for one text, so each knows which pieces
// of text it cannot do without, and only rules whose pieces all occur are compiled and run. Invariant: that pre-selection never changes
// a result (TestPieces), and results hold no memory of the text they were read from.
package useragent
