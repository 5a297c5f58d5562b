"""Measures how well ONNX feature extractors find pictures of the same label.

    python evaluate.py --gallery DIR --queries DIR MODEL.onnx [MODEL.onnx ...]

Both folders hold one sub-folder a label. Search is exact, by cosine. For each
query the k nearest gallery pictures are looked at; one is relevant if it
shares the query's label.

P@k    relevant pictures among the first k, divided by k
AP@k   mean of P@r over the ranks r ≤ k that hold a relevant picture, 0 if none
       (mAP@k, its mean over the queries, may so exceed P@k)

Brackets hold 95 % intervals from a percentile bootstrap over the queries.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnxruntime as ort

from pictures import list_by_label, preprocess

BATCH = 16
RESAMPLES, SEED = 10_000, 0


def embed(session: ort.InferenceSession, paths: list[Path]) -> np.ndarray:
    """Picture files → unit vectors, float32 [N, D]. The crop is the input's height."""
    source = session.get_inputs()[0]
    rows = []
    for start in range(0, len(paths), BATCH):
        batch = np.stack([preprocess(path, source.shape[2]) for path in paths[start : start + BATCH]])
        rows.append(session.run(None, {source.name: batch})[0].reshape(len(batch), -1))
    vectors = np.concatenate(rows)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def flatten(by_label: dict[str, list[Path]]) -> tuple[list[Path], np.ndarray]:
    """All paths, and the label of each."""
    pairs = [(path, label) for label, paths in by_label.items() for path in paths]
    return [path for path, _ in pairs], np.array([label for _, label in pairs])


def score(relevant: np.ndarray) -> dict[str, np.ndarray]:
    """Relevance by rank, bool [queries, k] → each measure's value for every query."""
    k = relevant.shape[1]
    precision = relevant.cumsum(1) / np.arange(1, k + 1)
    hits = relevant.sum(1)
    average = (precision * relevant).sum(1) / np.maximum(hits, 1)
    return {"P@1": precision[:, 0], f"P@{k}": precision[:, -1], f"mAP@{k}": average}


def interval(values: np.ndarray) -> tuple[float, float]:
    """95 % bootstrap interval of the mean."""
    picks = np.random.default_rng(SEED).integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.quantile(values[picks].mean(1), [0.025, 0.975])
    return float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gallery", required=True, type=Path)
    parser.add_argument("--queries", required=True, type=Path)
    parser.add_argument("--k", type=int, default=10)
    parser.add_argument("models", nargs="+", type=Path, metavar="MODEL.onnx")
    options = parser.parse_args()
    gallery, gallery_labels = flatten(list_by_label(options.gallery))
    queries, query_labels = flatten(list_by_label(options.queries))
    if not 1 <= options.k <= len(gallery):
        raise SystemExit(f"--k must lie between 1 and {len(gallery)}, the gallery's size")
    print(f"{len(gallery)} gallery pictures, {len(queries)} queries, {len(set(gallery_labels))} labels")
    for path in options.models:
        session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
        similarity = embed(session, queries) @ embed(session, gallery).T
        nearest = np.argsort(-similarity, axis=1, kind="stable")[:, : options.k]
        measures = score(gallery_labels[nearest] == query_labels[:, None])
        cells = ("{} {:.3f} [{:.3f}, {:.3f}]".format(n, v.mean(), *interval(v)) for n, v in measures.items())
        print(path.name, *cells, sep="  ", flush=True)


if __name__ == "__main__":
    main()
