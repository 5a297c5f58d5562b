import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TfjsBackend } from '../src/embeddings/networks/tfjs/tfjs.backend.ts';
import type { ModelFormat, ModelManifest } from '../src/embeddings/catalogue/model-manifest.ts';

/** What bench/embed.ts measures: one network on one runtime. */
export interface Subject {
  readonly name: string;
  readonly manifest: ModelManifest;
  readonly modelsDir: string;
  readonly backend?: TfjsBackend;
}

/** MobileNetV2 in every format that the folder contains. */
export async function mobilenetSubjects(folder: string): Promise<Subject[]> {
  const { missingFromTfjsNode } = await import('../src/embeddings/networks/tfjs/tfjs.installation.ts');
  const { readUncheckedFiles } = await import('../src/embeddings/catalogue/model-files.ts');
  const backends: TfjsBackend[] = missingFromTfjsNode() === undefined ? ['wasm', 'tfjs-node'] : ['wasm'];
  const forms = [
    { format: 'onnx', modelsDir: folder, file: 'features.onnx', output: 'embedding' },
    { format: 'tfjs-graph', modelsDir: join(folder, 'tfjs'), file: 'graph/model.json', output: 'Identity' },
    {
      format: 'tfjs-layers',
      modelsDir: join(folder, 'tfjs'),
      file: 'layers-f16/model.json',
      output: 'embedding',
    },
  ] as const;
  const subjects: Subject[] = [];
  for (const { format, modelsDir, file, output } of forms) {
    if (!existsSync(join(modelsDir, file))) continue;
    const { sha256, bytes } = await readUncheckedFiles(modelsDir, file, format);
    const manifest = manifestOf(format, file, output, sha256, bytes);
    if (format === 'onnx') subjects.push({ name: 'mobilenet-v2 float32, ONNX Runtime', manifest, modelsDir });
    else {
      for (const backend of backends) {
        subjects.push({ name: `mobilenet-v2 ${format}, ${backend}`, manifest, modelsDir, backend });
      }
    }
  }
  return subjects;
}

function manifestOf(
  format: ModelFormat,
  file: string,
  output: string,
  sha256: string,
  bytes: number,
): ModelManifest {
  return {
    id: 'mobilenet-v2',
    revision: 'bench',
    precision: 'float32',
    format,
    file,
    sha256,
    bytes,
    input: 'input',
    output,
    dimension: 1280,
    preprocessing: {
      resize: 256,
      crop: 224,
      mean: [127.5, 127.5, 127.5],
      std: [127.5, 127.5, 127.5],
      layout: format === 'onnx' ? 'NCHW' : 'NHWC',
    },
    licence: 'Apache-2.0',
    source: 'given on the command line',
  };
}
