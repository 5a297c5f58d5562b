"""One contender of peers.ts that runs in Python: contender.py hnswlib|usearch|faiss FOLDER DIMENSION COUNT."""

import json
import os
import sys
import time

import numpy as np

K = 10
LINKS = 16
CANDIDATES_OF_BUILD = 128
CHUNK = 10_000

kind, folder, dimension, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
vectors = np.memmap(f"{folder}/vectors", dtype=np.float32, mode="r").reshape(-1, dimension)


def resident_mb():
    with open("/proc/self/status") as status:
        anonymous = next(line for line in status if line.startswith("RssAnon"))
    return int(anonymous.split()[1]) * 1024 / 1e6


def chunks():
    for start in range(0, count, CHUNK):
        end = min(count, start + CHUNK)
        yield np.arange(start, end), np.array(vectors[start:end])


class Hnswlib:
    def __init__(self):
        import hnswlib

        self.index = hnswlib.Index(space="cosine", dim=dimension)
        self.index.init_index(max_elements=count, M=LINKS, ef_construction=CANDIDATES_OF_BUILD)

    def add(self, keys, some):
        self.index.add_items(some, keys, num_threads=2)

    def search(self, query, effort):
        self.index.set_ef(effort)
        return self.index.knn_query(query, k=K, num_threads=1)[0][0]

    def save(self, file):
        self.index.save_index(file)

    def load(self, file):
        self.index.load_index(file)


class Usearch:
    def __init__(self):
        from usearch.index import Index

        self.index = Index(
            ndim=dimension, metric="cos", dtype="f16", connectivity=LINKS, expansion_add=CANDIDATES_OF_BUILD
        )

    def add(self, keys, some):
        self.index.add(keys, some, threads=2)

    def search(self, query, effort):
        self.index.expansion_search = effort
        return self.index.search(query, K, threads=1).keys

    def save(self, file):
        self.index.save(file)

    def load(self, file):
        self.index.load(file)


class Faiss:
    def __init__(self):
        import faiss

        faiss.omp_set_num_threads(2)
        self.faiss = faiss
        self.index = faiss.IndexHNSWFlat(dimension, LINKS, faiss.METRIC_INNER_PRODUCT)
        self.index.hnsw.efConstruction = CANDIDATES_OF_BUILD

    def add(self, keys, some):
        self.index.add(some)

    def search(self, query, effort):
        self.faiss.omp_set_num_threads(1)
        self.index.hnsw.efSearch = effort
        return self.index.search(query.reshape(1, -1), K)[1][0]

    def save(self, file):
        self.faiss.write_index(self.index, file)

    def load(self, file):
        self.index = self.faiss.read_index(file)


def built():
    """Builds in this process, or loads what another one has built."""
    file = f"{folder}/{kind}-python"
    if os.path.exists(file):
        subject.load(file)
        return {"buildSeconds": 0, "processorSeconds": 0, "residentMB": resident_mb()}
    begun, before = time.perf_counter(), time.process_time()
    for keys, some in chunks():
        subject.add(keys, some)
    seconds, work = time.perf_counter() - begun, time.process_time() - before
    subject.save(file)
    return {"buildSeconds": seconds, "processorSeconds": work, "residentMB": resident_mb()}


subject = {"hnswlib": Hnswlib, "usearch": Usearch, "faiss": Faiss}[kind]()
for line in sys.stdin:
    request = json.loads(line)
    if request["do"] == "build":
        answer = built()
    else:
        times, found = [], []
        for at in range(request["from"], request["to"]):
            query = np.array(vectors[count + at])
            begun = time.perf_counter()
            keys = subject.search(query, request["effort"])
            times.append((time.perf_counter() - begun) * 1000)
            found.append([int(key) for key in keys])
        answer = {"times": times, "found": found, "residentMB": resident_mb()}
    print(json.dumps(answer), flush=True)
