"""What Schemathesis asks for: most requests are for a library and images that are there, so that they get beyond "not found"."""

import os

import schemathesis

LIBRARY = os.environ["HASHLENS_OPENAPI_LIBRARY"]
IMAGES = int(os.environ["HASHLENS_OPENAPI_IMAGES"])


def existing(number):
    """An image's number for most that could be one."""
    return 1 + number % IMAGES if isinstance(number, int) and number > 0 and number % 8 != 0 else number


def with_existing(values):
    """The same with images that are there, wherever ids stand."""
    if not isinstance(values, dict):
        return values
    changed = dict(values)
    for name, value in values.items():
        if name in ("id", "against"):
            changed[name] = existing(value)
        elif name in ("ids", "like", "unlike") and isinstance(value, list):
            changed[name] = [existing(number) for number in value]
    return changed


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    changed = with_existing(path_parameters)
    return {**changed, "library": LIBRARY} if isinstance(changed, dict) and "library" in changed else changed


@schemathesis.hook
def map_query(context, query):
    changed = with_existing(query)
    named = isinstance(changed, dict) and "library" in changed
    return {**changed, "library": LIBRARY} if named and len(str(changed["library"])) % 2 == 0 else changed


@schemathesis.hook
def map_body(context, body):
    return with_existing(body)
