// Prints the features of one picture: a program of its own, so that it can run on an emulated processor.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const { OnnxruntimeFeatureExtractor } =
  await import('../../dist/embeddings/networks/onnxruntime/onnxruntime.feature-extractor.js');
const { preprocess } = await import('../../dist/embeddings/preprocessing/preprocess.js');

const modelsDir = fileURLToPath(new URL('../../models', import.meta.url));
const { models } = JSON.parse(await readFile(`${modelsDir}/manifest.json`, 'utf8'));
const int8 = models.find(({ id, precision }) => id === 'efficientnet-lite0' && precision === 'int8');
const manifest = { ...int8, format: 'onnx' };
const picture = await readFile(new URL('../../samples/stamps/images/bird-owl.jpg', import.meta.url));
const pixels = await preprocess(picture, manifest.preprocessing, { maxPixels: 1e7 });

const plan = { sessions: 1, threads: 1, batch: 1 };
const extractor = new OnnxruntimeFeatureExtractor({ manifest, modelsDir, plan });
const [features] = await extractor.extractFeatures([pixels]);
await extractor.close();
process.stdout.write(JSON.stringify([...features]));
