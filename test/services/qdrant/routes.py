"""Which route does what, and how failures are answered: in Qdrant's shapes, with Qdrant's status codes."""

from threading import Lock
from urllib.parse import unquote, urlsplit

import orjson

from collection import Collection
from translate import NotTranslated

VERSION = "1.20.1"  # of the Qdrant sources that qdrant-edge-py 0.9.0 was built from, as its SBOM says

ROUTES = {
    ("GET", ""): lambda collection, _: collection.info(),
    ("POST", "points"): Collection.retrieve,
    ("POST", "points/scroll"): Collection.scroll,
    ("POST", "points/count"): Collection.count,
    ("POST", "points/query"): Collection.query,
    ("POST", "facet"): Collection.facet,
    ("PATCH", ""): Collection.patch,
    ("PUT", "index"): Collection.index,
    ("DELETE", "index/"): Collection.drop_index,
    ("POST", "points/batch"): Collection.batch,
    ("PUT", "points"): lambda collection, json: collection.change("upsert", json),
    ("POST", "points/delete"): lambda collection, json: collection.change("delete", json),
    ("POST", "points/payload"): lambda collection, json: collection.change("set_payload", json),
    ("PUT", "points/payload"): lambda collection, json: collection.change("overwrite_payload", json),
    ("POST", "points/payload/delete"): lambda collection, json: collection.change("delete_payload", json),
    ("PUT", "points/vectors"): lambda collection, json: collection.change("update_vectors", json),
    ("POST", "points/vectors/delete"): lambda collection, json: collection.change("delete_vectors", json),
}


class Refused(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Collections:
    def __init__(self, directory):
        self.directory, self.lock, self.made, self.by_name = directory, Lock(), 0, {}

    def get(self, name):
        if name not in self.by_name:
            raise Refused(404, f"Not found: Collection `{name}` doesn't exist!")
        return self.by_name[name]

    def create(self, name, json):
        with self.lock:
            if name in self.by_name:
                raise Refused(409, f"Wrong input: Collection `{name}` already exists!")
            self.made += 1
            path = self.directory / str(self.made)
            path.mkdir(parents=True)
            self.by_name[name] = Collection(path, json)
        return True

    def delete(self, name):
        collection = self.by_name.pop(name, None)
        if collection:
            collection.drop()
        return collection is not None


def respond(collections, method, target, body):
    """The status, and the answer: text, or JSON without its time."""
    path = unquote(urlsplit(target).path).strip("/")
    try:
        answer = dispatch(collections, method, path, orjson.loads(body) if body else {})
        return 200, answer if path in ("", "healthz") else {"result": answer, "status": "ok"}
    except BaseException as error:  # also the engine's panics, which are no Exception
        status, message = problem(error, f"{method} /{path}")
        return status, {"status": {"error": message}}


def dispatch(collections, method, path, json):
    first, name, rest = [*path.split("/", 2), "", ""][:3]
    if method == "GET" and path in ("", "healthz", "collections"):
        return about(collections, path)
    if first != "collections" or not name:
        raise NotTranslated("route")
    if (method, rest) == ("GET", "exists"):
        return {"exists": name in collections.by_name}
    if (method, rest) == ("PUT", ""):
        return collections.create(name, json)
    if (method, rest) == ("DELETE", ""):
        return collections.delete(name)
    return on_collection(collections, method, name, rest, json)


def about(collections, path):
    if path == "":
        return {"title": "qdrant - vector search engine", "version": VERSION}
    if path == "healthz":
        return "healthz check passed"
    return {"collections": [{"name": name} for name in list(collections.by_name)]}


def on_collection(collections, method, name, rest, json):
    rest, field = ("index/", rest[6:]) if rest.startswith("index/") else (rest, None)
    if (method, rest) not in ROUTES:
        raise NotTranslated("route")
    collection = collections.get(name)
    with collection.lock:
        return ROUTES[method, rest](collection, field or json)


def problem(error, route):
    message = str(error)
    if isinstance(error, Refused):
        return error.status, message
    if isinstance(error, NotTranslated):
        return 501, f"Not implemented by the bridge: {message} of {route}"
    if isinstance(error, (ValueError, TypeError, KeyError, AttributeError)):
        return 400, f"Format error in JSON body: {type(error).__name__}: {message}"
    if message.startswith("No point with id"):
        return 404, f"Not found: {message} found"
    if type(error) is Exception and not message.startswith("Service"):
        return 400, f"Wrong input: {message}"
    return 500, f"Service internal error: {message}"
