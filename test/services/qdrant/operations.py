"""The changes of Qdrant's REST API as operations of the engine, by the names they have in a batch."""

from qdrant_edge import PayloadSchemaType, UpdateMode, UpdateOperation

from translate import NotTranslated, only, to_filter, to_point_vectors, to_points

MODES = {
    "upsert": UpdateMode.Upsert,
    "insert_only": UpdateMode.InsertOnly,
    "update_only": UpdateMode.UpdateOnly,
}


def upsert(json):
    only(json, "points", "update_mode", "update_filter")
    mode = MODES[json.get("update_mode") or "upsert"]
    return UpdateOperation.upsert_points(to_points(json["points"]), to_filter(json.get("update_filter")), mode)


def update_vectors(json):
    only(json, "points", "update_filter")
    return UpdateOperation.update_vectors(to_point_vectors(json["points"]), to_filter(json.get("update_filter")))


def on_selected(by_ids, by_filter, *arguments):
    """An operation on `points` if they are named, else on those that match `filter`, as Qdrant has it."""

    def operation(json):
        only(json, "points", "filter", *arguments)
        values = [json.get(name) for name in arguments]
        if json.get("points") is not None:
            return by_ids(json["points"], *values)
        if json.get("filter") is None:
            raise ValueError("Either list of point ids or filter must be provided")
        return by_filter(to_filter(json["filter"]), *values)

    return operation


OPERATIONS = {
    "upsert": upsert,
    "update_vectors": update_vectors,
    "delete": on_selected(UpdateOperation.delete_points, UpdateOperation.delete_points_by_filter),
    "set_payload": on_selected(
        UpdateOperation.set_payload, UpdateOperation.set_payload_by_filter, "payload", "key"
    ),
    "overwrite_payload": on_selected(
        UpdateOperation.overwrite_payload, UpdateOperation.overwrite_payload_by_filter, "payload", "key"
    ),
    "delete_payload": on_selected(
        UpdateOperation.delete_payload, UpdateOperation.delete_payload_by_filter, "keys"
    ),
    "delete_vectors": on_selected(
        UpdateOperation.delete_vectors, UpdateOperation.delete_vectors_by_filter, "vector"
    ),
}


def one_of_batch(json):
    ((name, body),) = json.items()
    if name not in OPERATIONS:
        raise NotTranslated(f"batch operation {name}")
    return OPERATIONS[name](body)


def field_index(json):
    schema = json["field_schema"]
    kind = schema if isinstance(schema, str) else schema["type"]
    # The parameters of other indexes change their speed; those of a text index change what it finds.
    if kind == "text" and not isinstance(schema, str):
        raise NotTranslated("parameters of a text index")
    return UpdateOperation.create_field_index(json["field_name"], getattr(PayloadSchemaType, kind.capitalize()))
