// Send an exception with @sentry/node and print the event id.
import * as Sentry from "@sentry/node";

Sentry.init({ dsn: process.env.SENTRY_DSN });
console.log(Sentry.captureException(new TypeError("from node")));
await Sentry.flush(10000);
