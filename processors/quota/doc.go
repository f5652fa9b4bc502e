// Package quota is the limiter: which quotas an item counts against, the counters behind them and the order in which the
// parts of a unit are checked (pipeline 5.3 to 5.6, 6.2, 6.6).
//
// It owns matching, window arithmetic and the list checks; counting happens behind Store, whose keys and decisions are
// shared with Sentry. It must not know Redis, Kafka or the wall clock: the time of a check is Facts.Now.
// Invariant: one atomic store call per (category, item set); a limit that is known already costs no store call and counts nothing.
package quota
