"""Send an exception with sentry-sdk and print the event id."""
import sentry_sdk

sentry_sdk.init(default_integrations=True)
try:
    {}["missing"]
except KeyError as e:
    print(sentry_sdk.capture_exception(e))
sentry_sdk.flush(10)
