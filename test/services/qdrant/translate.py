"""Qdrant's REST JSON to the engine's objects and back. What is not translated here is refused, never ignored."""

import qdrant_edge as engine


class NotTranslated(Exception):
    """A part of Qdrant's API that this bridge does not speak; answered 501."""


def only(json, *known):
    unknown = {name for name, value in json.items() if value is not None} - set(known)
    if unknown:
        raise NotTranslated(f"field {', '.join(sorted(unknown))}")
    return json


# ---------------------------------------------------------------- filters

MATCHES = {
    "value": engine.MatchValue,
    "any": engine.MatchAny,
    "except": engine.MatchExcept,
    "text": engine.MatchText,
    "text_any": engine.MatchTextAny,
    "phrase": engine.MatchPhrase,
}
CONDITIONS = {
    "has_id": lambda ids: engine.HasIdCondition(set(ids)),
    "has_vector": engine.HasVectorCondition,
    "is_empty": lambda field: engine.IsEmptyCondition(field["key"]),
    "is_null": lambda field: engine.IsNullCondition(field["key"]),
    "nested": lambda nested: engine.NestedCondition(nested["key"], to_filter(nested["filter"])),
}
CLAUSES = ("must", "should", "must_not", "min_should")


def to_filter(json):
    if json is None:
        return None
    least = only(json, *CLAUSES).get("min_should")
    return engine.Filter(
        *(to_conditions(json.get(clause)) for clause in CLAUSES[:3]),
        least and engine.MinShould(to_conditions(least["conditions"]), least["min_count"]),
    )


def to_conditions(json):
    if json is None:
        return None
    return [to_condition(one) for one in (json if isinstance(json, list) else [json])]


def to_condition(json):
    if "key" in json:
        return to_field_condition(json)
    if json.keys() <= set(CLAUSES):
        return to_filter(json)
    return one_of(CONDITIONS, json)


def to_field_condition(json):
    only(json, "key", "match", "range", "values_count", "is_empty", "is_null")
    count = json.get("values_count")
    return engine.FieldCondition(
        json["key"],
        match=json.get("match") and one_of(MATCHES, json["match"]),
        range=to_range(json.get("range")),
        values_count=count and engine.ValuesCount(**count),
        is_empty=json.get("is_empty"),
        is_null=json.get("is_null"),
    )


def to_range(json):
    if json is None:
        return None
    of_times = any(isinstance(bound, str) for bound in json.values())
    return (engine.RangeDateTime if of_times else engine.RangeFloat)(**json)


def one_of(constructors, json):
    if len(json) != 1 or not json.keys() <= constructors.keys():
        raise NotTranslated(f"condition {', '.join(json)}")
    ((kind, value),) = json.items()
    return constructors[kind](value)


# ---------------------------------------------------------------- points


def to_points(json):
    return [engine.Point(one["id"], to_vector(one["vector"]), one.get("payload")) for one in json]


def to_point_vectors(json):
    return [engine.PointVectors(one["id"], to_vector(one["vector"])) for one in json]


def to_vector(json):
    return {name: to_named(one) for name, one in json.items()} if isinstance(json, dict) else json


def to_named(json):
    return engine.SparseVector(json["indices"], json["values"]) if isinstance(json, dict) else json


def to_payload_selector(json):
    if not isinstance(json, dict):
        return json
    if "include" in json:
        return engine.PayloadSelector.Include(json["include"])
    return engine.PayloadSelector.Exclude(json["exclude"])


def from_record(record):
    """Ids stay UUID objects: orjson writes them in canonical form, much faster than str() does."""
    json = {"id": record.id}
    if record.payload is not None:
        json["payload"] = record.payload
    if record.vector is not None:
        json["vector"] = from_vector(record.vector)
    if record.order_value is not None:
        json["order_value"] = record.order_value
    return json


def from_vector(vector):
    return {name: from_named(one) for name, one in vector.items()} if isinstance(vector, dict) else vector


def from_named(vector):
    if isinstance(vector, engine.SparseVector):
        return {"indices": vector.indices, "values": vector.values}
    return vector
