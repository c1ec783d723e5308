"""Core-seconds of the stages that follow the extraction, on made-up vectors; works with this version and with the one before it.

    PYTHONPATH=TREE python .ci/stage_costs.py NAME N D RECORD SECONDS stage:families|taxonomy …

One line of JSON per stage is added to RECORD: the name of the tree, the stage, core-seconds (of the process, all threads), peak memory in MB.
What stands there already is passed over, and no stage begins after SECONDS; so the same call again goes on. Vectors are made once, beside RECORD.
"""
import json
import os
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

N_FAMILIES, N_GENERA, N_SPECIES, N_EMBEDDINGS = 179, 1500, 6000, 7


def made_up_labels(n_photos: int, seed: int = 42) -> pd.DataFrame:
    "Family, genus and species of a collection in which few species have many photos."
    rng = np.random.default_rng(seed)
    genus_of, family_of = rng.integers(N_GENERA, size=N_SPECIES), rng.integers(N_FAMILIES, size=N_GENERA)
    share = rng.lognormal(0, 1, N_SPECIES)
    species = rng.choice(N_SPECIES, n_photos, p=share / share.sum())
    return pd.DataFrame({"family": family_of[genus_of[species]], "genus": genus_of[species], "species": species}).astype(str)


def made_up_vectors(labels: pd.DataFrame, n_numbers: int, seed: int = 42) -> np.ndarray:
    "Like pooled activations: never negative, of two hundred directions and noise; of length 1."
    rng = np.random.default_rng(seed)
    centres = [0.5 * rng.normal(size=(labels[rank].nunique(), 200))[pd.factorize(labels[rank])[0]] for rank in labels]
    places = (sum(centres) + rng.normal(size=(len(labels), 200))).astype("float32")
    mixing, vectors = (rng.normal(size=(200, n_numbers)) / 200**0.5).astype("float32"), np.empty((len(labels), n_numbers), "float32")
    for i in range(0, len(labels), 4096):
        part = places[i:i + 4096] @ mixing
        vectors[i:i + 4096] = np.maximum(part + 0.5 * rng.normal(size=part.shape).astype("float32"), 0)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def core_seconds() -> float:
    "What this process and its children have used so far."
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def stages(vectors: np.ndarray, labels: pd.DataFrame, ranks: list[str]) -> dict:
    "Name → the work, for whichever version can be imported."
    from biotrove_fe import clustering, evaluation, visualization
    before = hasattr(visualization, "nearest_neighbours")
    if before: scores = chance = evaluation
    else:
        from biotrove_fe import chance, scores
        from biotrove_fe.neighbours import Neighbours
    classes, rng, N = scores.rank_classes(labels, ranks), np.random.default_rng(0), len(vectors)
    families, within = classes.iloc[:, 0].values, rng.random((N, 4 * (2 * len(ranks) - 1)), dtype="float32")

    def graph():
        return visualization.nearest_neighbours(vectors, 15, "euclidean") if before else Neighbours(vectors, "euclidean").graph(15)

    def one_pass():
        engine = Neighbours(vectors, "euclidean")
        scores.photo_scores(vectors, classes, asked=scores.asked_photos(N), engine=engine)
        return engine.graph(15)

    def draw():  # from a graph of the right shape, each photo beside others of its species
        order, near = np.argsort(labels["species"].to_numpy(), kind="stable"), np.empty((N, 15), np.int64)
        for j in range(15): near[order, j] = np.roll(order, j + 1)
        visualization.umap_2d(vectors, neighbours=(near, np.sort(rng.random((N, 15), dtype="float32"), axis=1)))

    def intervals():
        if before: return [evaluation.bootstrap_interval(column) for column in within.T]
        return evaluation.family_interval(within, families)

    def pairs():  # 15 pairs of 6 distinct embeddings
        difference = rng.normal(size=(N, 15))
        if before: return [evaluation.bootstrap_interval(column, 1 - 0.05 / 15, 5000) for column in difference.T]
        return evaluation.family_interval(difference, families)

    coords = vectors[:, :2] + 0.01 * rng.normal(size=(N, 2)).astype("float32")
    half = np.ascontiguousarray(vectors[:, :vectors.shape[1] // 2])
    return dict(graph=graph, lists=lambda: scores.photo_scores(vectors, classes), one_pass=one_pass, draw=draw, intervals=intervals, pairs=pairs,
                clusters_1=lambda: evaluation.clustering_scores(vectors, classes, [42]),
                clusters_3=lambda: evaluation.clustering_scores(vectors, classes, [42, 43, 44]),
                floors=lambda: chance.floors(classes), geometry=lambda: evaluation.geometry_scores(vectors, classes, "cosine"),
                map_scores=lambda: evaluation.map_scores(vectors, coords, classes),
                nested=lambda: clustering.nested_kmeans(half, vectors, labels["family"]))


def main(tree: str, n_photos: str, n_numbers: str, record: str, seconds: str, *wanted: str) -> None:
    "Measure each stage in a process of its own, forked when the vectors are there."
    begun, path, labels = time.time(), Path(record), made_up_labels(int(n_photos))
    store = path.with_name(f"vectors_{n_photos}_{n_numbers}.npy")
    if not store.exists(): np.save(store, made_up_vectors(labels, int(n_numbers)))
    vectors = np.load(store)
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    for name in wanted:
        stage, _, kind = name.partition(":")
        facts = dict(tree=tree, stage=stage, photos=int(n_photos), numbers=int(n_numbers), labels=kind)
        if any(facts.items() <= row.items() for row in rows) or time.time() - begun > float(seconds): continue
        work = stages(vectors, labels, ["family", "genus", "species"][:3 if kind == "taxonomy" else 1])[stage]
        if child := os.fork():
            os.waitpid(child, 0)
            continue
        start = core_seconds()
        work()
        facts |= dict(core_seconds=round(core_seconds() - start, 2), peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
        with path.open("a") as file: file.write(json.dumps(facts) + "\n")
        print(facts, flush=True)
        os._exit(0)


if __name__ == "__main__": main(*sys.argv[1:])
