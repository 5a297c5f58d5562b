"""Reads PyTorch's legacy (pre-zip) checkpoint format with NumPy alone.

A `.pth` written before PyTorch 1.6 is a row of pickles followed by raw data:
magic number, protocol version, system info, the state dict, the list of
storage keys, and then for each key an int64 element count and the elements.
Source: `torch/serialization.py` (`_legacy_load`).
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001


@dataclass(frozen=True)
class StorageType:
    """Stands in for a `torch.*Storage` class while unpickling."""

    dtype: str


@dataclass(frozen=True)
class Storage:
    """A flat buffer named in the state dict; its elements come at the file's end."""

    key: str
    dtype: np.dtype
    length: int


@dataclass(frozen=True)
class TensorView:
    """A tensor as pickled: a window on a storage. Offset and strides count elements."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def materialise(self, buffer: np.ndarray) -> np.ndarray:
        """Copies the window out of `buffer` (1-D) as a contiguous array of `shape`.

        The strides matter: weights converted from TensorFlow keep its memory
        order, and reading them as contiguous shuffles every kernel.
        """
        last = self.offset + sum((n - 1) * s for n, s in zip(self.shape, self.strides, strict=True))
        if self.offset < 0 or min(self.shape, default=1) < 1 or min(self.strides, default=0) < 0 or last >= buffer.size:
            raise ValueError(f"tensor {self.shape} reaches outside storage {self.storage.key}")
        view = np.lib.stride_tricks.as_strided(
            buffer[self.offset :], self.shape, [s * buffer.itemsize for s in self.strides], writeable=False
        )
        return view.copy(order="C")


def _rebuild_tensor(storage: Storage, offset: int, shape: tuple, strides: tuple, *_: Any) -> TensorView:
    """Replaces `torch._utils._rebuild_tensor_v2`."""
    return TensorView(storage, offset, tuple(shape), tuple(strides))


class _RestrictedUnpickler(pickle.Unpickler):
    """Knows four names and refuses all others, so a checkpoint cannot run code."""

    _ALLOWED: ClassVar = {
        ("collections", "OrderedDict"): OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
        ("torch", "FloatStorage"): StorageType("<f4"),
        ("torch", "LongStorage"): StorageType("<i8"),
    }

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self._ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"checkpoint asks for {module}.{name}, which is not allowed") from None

    def persistent_load(self, pid: Any) -> Storage:
        kind, storage_type, key, _device, length, view = pid
        if kind != "storage" or view is not None:
            raise pickle.UnpicklingError(f"unexpected reference {pid!r}")
        return Storage(key, np.dtype(storage_type.dtype), length)


def read_state_dict(file: BinaryIO) -> dict[str, np.ndarray]:
    """Returns name → array (float32 or int64, C-contiguous) from an open legacy `.pth`.

    Raises ValueError or pickle.UnpicklingError if it is anything else.
    """

    def load() -> Any:
        return _RestrictedUnpickler(file).load()

    if load() != MAGIC or load() != PROTOCOL or not load()["little_endian"]:
        raise ValueError("not a little-endian legacy PyTorch checkpoint")
    views: dict[str, TensorView] = load()
    storages = {view.storage.key: view.storage for view in views.values()}
    buffers: dict[str, np.ndarray] = {}
    for key in load():
        length = int.from_bytes(file.read(8), "little", signed=True)
        storage = storages[key]
        if length != storage.length:
            raise ValueError(f"storage {key} holds {length} elements, {storage.length} expected")
        data = file.read(length * storage.dtype.itemsize)
        buffers[key] = np.frombuffer(data, storage.dtype, length)
    if file.read(1):
        raise ValueError("data after the last storage")
    return {name: view.materialise(buffers[view.storage.key]) for name, view in views.items()}
