"""One Qdrant collection: one shard of the engine, used by one thread at a time, and the metadata beside it."""

import shutil
from threading import Lock

import qdrant_edge as engine

from configuration import to_configuration
from operations import OPERATIONS, field_index, one_of_batch
from translate import NotTranslated, from_record, only, to_filter, to_payload_selector


class Collection:
    def __init__(self, path, json):
        self.path, self.lock, self.changes = path, Lock(), 0
        self.metadata = json.get("metadata") or {}
        self.parameters = {key: json[key] for key in ("vectors", "sparse_vectors") if json.get(key)}
        self.shard = engine.EdgeShard.create(str(path), to_configuration(json))

    def drop(self):
        with self.lock:
            self.shard.close()
            shutil.rmtree(self.path, ignore_errors=True)

    # ------------------------------------------------------------ changes

    def change(self, name, json):
        return self.apply(OPERATIONS[name](json))

    def index(self, json):
        return self.apply(field_index(json))

    def drop_index(self, field):
        return self.apply(engine.UpdateOperation.delete_field_index(field))

    def batch(self, json):
        """In order and not atomic: what came before a failure stays."""
        return [self.apply(one_of_batch(one)) for one in json["operations"]]

    def apply(self, operation):
        self.changes += 1
        self.shard.update(operation)
        return {"operation_id": self.changes, "status": "completed"}

    def patch(self, json):
        """The engine has no metadata. As in Qdrant, values are merged in and null removes."""
        merged = self.metadata | (only(json, "metadata")["metadata"] or {})
        self.metadata = {key: value for key, value in merged.items() if value is not None}
        return True

    # ------------------------------------------------------------ reads

    def info(self):
        info = self.shard.info()
        schema = {
            field: {"data_type": str(index.data_type).split(".")[1].lower(), "points": index.points}
            for field, index in info.payload_schema.items()
        }
        return {
            "status": "green",
            "optimizer_status": "ok",
            "points_count": info.points_count,
            "indexed_vectors_count": info.indexed_vectors_count,
            "segments_count": info.segments_count,
            "config": {"params": self.parameters} | ({"metadata": self.metadata} if self.metadata else {}),
            "payload_schema": schema,
        }

    def retrieve(self, json):
        records = self.shard.retrieve(json["ids"], *parts(only(json, "ids", "with_payload", "with_vector")))
        return [from_record(record) for record in records]

    def scroll(self, json):
        only(json, "offset", "limit", "filter", "with_payload", "with_vector", "order_by")
        selected = (to_filter(json.get("filter")), *parts(json), to_order(json.get("order_by")))
        request = engine.ScrollRequest(json.get("offset"), or_else(json.get("limit"), 10), *selected)
        records, after = self.shard.scroll(request)
        return {"points": [from_record(record) for record in records], "next_page_offset": after}

    def count(self, json):
        exact = or_else(only(json, "exact", "filter").get("exact"), True)
        return {"count": self.shard.count(engine.CountRequest(exact, to_filter(json.get("filter"))))}

    def facet(self, json):
        only(json, "key", "limit", "exact", "filter")
        limit, exact = or_else(json.get("limit"), 10), or_else(json.get("exact"), False)
        request = engine.FacetRequest(json["key"], limit, exact, to_filter(json.get("filter")))
        return {"hits": [{"value": hit.value, "count": hit.count} for hit in self.shard.facet(request).hits]}

    def query(self, json):
        known = ("query", "using", "filter", "limit", "offset", "score_threshold", "with_payload", "with_vector")
        with_payload, with_vector = parts(only(json, *known), payload=False)
        request = engine.QueryRequest(
            limit=or_else(json.get("limit"), 10),
            offset=json.get("offset"),
            query=to_nearest(json.get("query"), json.get("using")),
            filter=to_filter(json.get("filter")),
            score_threshold=json.get("score_threshold"),
            with_payload=with_payload,
            with_vector=with_vector,
        )
        scored = self.shard.query(request)
        return {"points": [from_record(one) | {"score": one.score, "version": one.version} for one in scored]}


def parts(json, payload=True):
    """What to send of each point: Qdrant's defaults are the payload (but not in a query) and no vector."""
    with_payload = to_payload_selector(or_else(json.get("with_payload"), payload))
    return with_payload, or_else(json.get("with_vector"), False)


def or_else(value, default):
    return default if value is None else value


def to_order(json):
    if json is None or isinstance(json, str):
        return json and engine.OrderBy(json)
    direction = engine.Direction.Desc if json.get("direction") == "desc" else engine.Direction.Asc
    return engine.OrderBy(only(json, "key", "direction", "start_from")["key"], direction, json.get("start_from"))


def to_nearest(json, using):
    vector = json.get("nearest") if isinstance(json, dict) else json
    if json is not None and not isinstance(vector, list):
        raise NotTranslated("queries other than by a vector")
    return json and engine.Query.Nearest(vector, using)
