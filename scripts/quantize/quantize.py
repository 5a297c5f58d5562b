"""Makes an int8 file from a float ONNX feature extractor and a folder of pictures.

    python quantize.py --manifest DATA/models/manifest.json --id mobilenet-v2 --pictures DIR --output int8.onnx
    python quantize.py MODEL.onnx --size 224 --resize 256 --mean 127.5 --std 127.5 --pictures DIR --output int8.onnx

The pictures set the ranges of the activations: a few hundred that are like those
to be searched. The last line printed is the command that registers the result.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import shlex
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import version_converter
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image, ImageOps

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "models"))
from pictures import list_by_label, spread  # noqa: E402

MIN_OPSET = 13  # the first whose QuantizeLinear knows channels
PERCENTILE = 99.999
CONVOLUTIONAL = "Conv,Relu,Clip,Add"


@dataclass(frozen=True)
class Preprocessing:
    """As in a manifest: mean and std on the scale 0…255, sizes in pixels."""

    resize: int
    crop: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    layout: str

    def apply(self, path: Path) -> np.ndarray:
        """A picture file → float32 [1, 3, crop, crop] or [1, crop, crop, 3]: as the service prepares it."""
        with Image.open(path) as opened:
            upright = ImageOps.exif_transpose(opened).convert("RGBA")
        picture = Image.new("RGB", upright.size, "white")
        picture.paste(upright, mask=upright.getchannel("A"))
        scale = self.resize / min(picture.size)
        width, height = (max(self.resize, round(side * scale)) for side in picture.size)
        picture = picture.resize((width, height), Image.Resampling.BICUBIC)
        left, top = (width - self.crop) // 2, (height - self.crop) // 2
        pixels = np.asarray(picture.crop((left, top, left + self.crop, top + self.crop)), np.float32)
        pixels = (pixels - np.float32(self.mean)) / np.float32(self.std)
        if self.layout == "NCHW":
            pixels = pixels.transpose(2, 0, 1)
        return np.ascontiguousarray(pixels[None], np.float32)


class PictureReader(CalibrationDataReader):
    """Hands pictures to the calibration one at a time, decoding each when it is asked for."""

    def __init__(self, name: str, paths: list[Path], preprocessing: Preprocessing) -> None:
        self.name, self.paths, self.preprocessing = name, paths, preprocessing
        self.set_range(0, len(paths))

    def __len__(self) -> int:
        return len(self.paths)

    def set_range(self, start_index: int, end_index: int) -> None:
        self.rest = iter(self.paths[start_index:end_index])

    def get_next(self) -> dict[str, np.ndarray] | None:
        path = next(self.rest, None)
        return None if path is None else {self.name: self.preprocessing.apply(path)}


def read_model(path: Path) -> onnx.ModelProto:
    model = onnx.load(path)
    opset = next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))
    return model if opset >= MIN_OPSET else version_converter.convert_version(model, MIN_OPSET)


def quantise(
    model: onnx.ModelProto, reader: PictureReader, operators: list[str], calibration: CalibrationMethod
) -> onnx.ModelProto:
    """Static QDQ quantisation: int8 weights per channel, uint8 activations; pooling stays in float."""
    options: dict[str, object] = {}
    if calibration is CalibrationMethod.Percentile:
        # A stride of one merges the histograms picture by picture, in place of keeping every activation.
        options = {"CalibPercentile": PERCENTILE, "CalibStridedMinMax": 1}
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        plain, prepared, quantised = (Path(folder, f"{name}.onnx") for name in ("plain", "prepared", "int8"))
        onnx.save(model, plain)
        quant_pre_process(plain, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            quantised,
            reader,
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=operators,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=calibration,
            extra_options=options,
        )
        result = onnx.load(quantised)
    used = {node.domain for node in result.graph.node}
    imports = [o for o in result.opset_import if o.domain in used]
    del result.opset_import[:]
    result.opset_import.extend(imports)
    result.producer_name, result.producer_version = "lookalike", ""
    return result


def embed(path: Path, names: tuple[str, str], pictures: list[np.ndarray]) -> np.ndarray:
    """[N, D], one picture a pass."""
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run([names[1]], {names[0]: picture})[0] for picture in pictures])


def from_manifest(manifest: Path, model_id: str) -> tuple[Path, Preprocessing, dict[str, str]]:
    """The file, the preprocessing and what else the entry says of a registered float model."""
    entries = json.loads(manifest.read_text())["models"]
    fitting = [m for m in entries if m["id"] == model_id and m["precision"] == "float32"]
    onnx_only = [m for m in fitting if m.get("format", "onnx") == "onnx"]
    if not onnx_only:
        raise SystemExit(f"{manifest} lists no float32 ONNX model {model_id}")
    (entry,) = onnx_only
    spec = entry["preprocessing"]
    preprocessing = Preprocessing(spec["resize"], spec["crop"], tuple(spec["mean"]), tuple(spec["std"]), spec["layout"])
    return manifest.parent / entry["file"], preprocessing, {"licence": entry["licence"], "revision": entry["revision"]}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", type=Path, help="a float ONNX file; or give --manifest and --id")
    parser.add_argument("--manifest", type=Path, help="manifest.json of the models folder: says file and preprocessing")
    parser.add_argument("--id", help="the model in the manifest, or what to call the result")
    parser.add_argument("--pictures", required=True, type=Path, help="a folder of pictures, or of one folder a label")
    parser.add_argument("--count", type=int, default=200, help="pictures to use (default: 200)")
    parser.add_argument("--output", required=True, type=Path, help="the int8 file to write")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--resize", type=int, default=256)
    parser.add_argument("--mean", type=float, nargs="+", default=[123.675, 116.28, 103.53], help="on 0…255")
    parser.add_argument("--std", type=float, nargs="+", default=[58.395, 57.12, 57.375], help="on 0…255")
    parser.add_argument("--layout", choices=["NCHW", "NHWC"], default="NCHW")
    parser.add_argument("--calibration", choices=["percentile", "minmax"], default="percentile")
    parser.add_argument(
        "--operators", default=CONVOLUTIONAL, help=f"to compute in int8; for transformers try MatMul,Gemm (default: {CONVOLUTIONAL})"
    )
    options = parser.parse_args()
    if (options.model is None) == (options.manifest is None) or (options.manifest and not options.id):
        parser.error("give a file, or --manifest and --id")
    return options


def main() -> None:
    options = parse()
    facts: dict[str, str] = {}
    if options.manifest:
        path, preprocessing, facts = from_manifest(options.manifest, options.id)
    else:
        path = options.model
        preprocessing = Preprocessing(
            options.resize, options.size, tuple(options.mean), tuple(options.std), options.layout
        )

    by_label = list_by_label(options.pictures)
    chosen = spread(by_label, options.count)
    taken = set(chosen)
    unseen = {label: [p for p in paths if p not in taken] for label, paths in by_label.items()}
    checks = spread(unseen, 40) if any(unseen.values()) else chosen[:40]

    model = read_model(path)
    weights = {tensor.name for tensor in model.graph.initializer}
    (source,) = (i.name for i in model.graph.input if i.name not in weights)
    names = (source, model.graph.output[0].name)
    print(f"calibrating on {len(chosen)} pictures", file=sys.stderr, flush=True)
    calibration = CalibrationMethod.Percentile if options.calibration == "percentile" else CalibrationMethod.MinMax
    result = quantise(model, PictureReader(source, chosen, preprocessing), options.operators.split(","), calibration)
    options.output.write_bytes(result.SerializeToString(deterministic=True))

    pictures = [preprocessing.apply(p) for p in checks]
    a, b = embed(path, names, pictures), embed(options.output, names, pictures)
    alike = (a * b).sum(1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))
    sizes = f"{path.stat().st_size:,} → {options.output.stat().st_size:,} bytes"
    print(f"{sizes}; cosine to float over {len(checks)} pictures: mean {alike.mean():.4f}, lowest {alike.min():.4f}", file=sys.stderr)
    if alike.mean() < 0.95:
        print("int8 strays far from float: try --calibration minmax, other --operators, or other pictures", file=sys.stderr)

    spec = preprocessing
    numbers = [part for key in ("mean", "std") for part in (f"--{key}", *(f"{value:g}" for value in getattr(spec, key)))]
    sizes_given = ["--size", str(spec.crop), "--resize", str(spec.resize), "--scale", "255", "--layout", spec.layout]
    named = ["--id", options.id or path.stem, *(p for key, value in facts.items() for p in (f"--{key}", value))]
    print(shlex.join(["lookalike", "models", "add", str(options.output), *named, *sizes_given, *numbers]))


if __name__ == "__main__":
    main()
