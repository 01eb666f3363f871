"""What Schemathesis asks for: most requests are for a library and images that are there, so that they get beyond "not found"."""

import os

import schemathesis

LIBRARY = os.environ["HASHLENS_OPENAPI_LIBRARY"]
IMAGES = int(os.environ["HASHLENS_OPENAPI_IMAGES"])


def existing(number):
    """An image's number for most that could be one."""
    return 1 + number % IMAGES if isinstance(number, int) and number > 0 and number % 8 != 0 else number


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if not isinstance(path_parameters, dict):
        return path_parameters
    changed = dict(path_parameters)
    if "library" in changed:
        changed["library"] = LIBRARY
    if "id" in changed:
        changed["id"] = existing(changed["id"])
    return changed


@schemathesis.hook
def map_query(context, query):
    if not isinstance(query, dict):
        return query
    changed = {name: existing(value) if name in ("id", "against") else value for name, value in query.items()}
    if "library" in changed and len(str(changed["library"])) % 2 == 0:
        changed["library"] = LIBRARY
    return changed


@schemathesis.hook
def map_body(context, body):
    if not isinstance(body, dict):
        return body
    changed = dict(body)
    if "id" in changed:
        changed["id"] = existing(changed["id"])
    for name in ("ids", "like", "unlike"):
        if isinstance(changed.get(name), list):
            changed[name] = [existing(number) for number in changed[name]]
    return changed
