"""Embeds the pictures whose paths are on standard input, as a script would. Usage: embed-with-onnxruntime.py MODEL INPUT"""
import sys, time
from concurrent.futures import ThreadPoolExecutor
import numpy as np, onnxruntime as ort
from PIL import Image

model, name = sys.argv[1:]
paths = sys.stdin.read().split("\n")
session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])

def pixels(path):
    image = Image.open(path)
    image.draft("RGB", (256, 256))
    image = image.convert("RGB")
    scale = 256 / min(image.size)
    image = image.resize([max(256, round(side * scale)) for side in image.size], Image.BICUBIC)
    left, top = [(side - 224) // 2 for side in image.size]
    return np.asarray(image.crop((left, top, left + 224, top + 224)), np.float32).transpose(2, 0, 1) / 128 - 1

start, used = time.perf_counter(), time.process_time()
with ThreadPoolExecutor() as threads:
    for at in range(0, len(paths), 16):
        session.run(None, {name: np.stack(list(threads.map(pixels, paths[at:at + 16])))})
print(time.perf_counter() - start, time.process_time() - used)
