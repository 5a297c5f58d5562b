import { existsSync, statSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { FileAnswer, FileQuestion } from './file-questions.messages.ts';
import { statVersion } from './stat-version.ts';

function answer({ about, paths }: FileQuestion): FileAnswer {
  return about === 'versions' ? { versions: paths.map(versionAt) } : { existence: paths.map(existsSync) };
}

function versionAt(path: string): string | undefined {
  try {
    return statVersion(statSync(path, { throwIfNoEntry: false }));
  } catch {
    return undefined;
  }
}

parentPort?.on('message', (question: FileQuestion) => parentPort?.postMessage(answer(question)));
