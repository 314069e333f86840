"""How a collection is made. Parameters that only say how fast or where are accepted without effect."""

import qdrant_edge as engine

from translate import only


def to_configuration(json):
    vectors, sparse = json.get("vectors") or {}, json.get("sparse_vectors") or {}
    dense = {"": vectors} if "size" in vectors else vectors
    return engine.EdgeConfig(
        vectors={name: to_vector_parameters(one) for name, one in dense.items()},
        sparse_vectors={name: engine.EdgeSparseVectorParams() for name in sparse},
    )


def to_vector_parameters(json):
    only(json, "size", "distance", "on_disk", "hnsw_config", "multivector_config")
    several = engine.MultiVectorConfig(engine.MultiVectorComparator.MaxSim) if json.get("multivector_config") else None
    return engine.EdgeVectorParams(json["size"], getattr(engine.Distance, json["distance"]), multivector_config=several)
