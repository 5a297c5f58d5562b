import { hash } from 'node:crypto';
import type { ImportInput } from '../import/import-input.ts';

/**
 * Tells the sources of a dataset apart: by what is read, and by the labels and the limit that select from it. How it
 * is read (columns, encoding) does not matter. All uploads of a dataset are one source, because each upload replaces
 * the one before.
 */
export function sourceKeyOf({ source, labelIds, limit }: ImportInput): string | undefined {
  const selection = { labelIds: labelIds ?? null, limit: limit ?? null };
  switch (source.kind) {
    case 'ledger':
      return undefined;
    case 'feed':
    case 'bucket':
      return digest({ kind: source.kind, url: source.url, ...selection });
    case 'directory':
      return digest({
        kind: source.kind,
        path: source.stage === undefined ? source.path : null,
        ...selection,
      });
    case 'annotations': {
      const isSent = source.uploaded === true || source.stage !== undefined;
      return digest({ kind: source.kind, path: isSent ? null : source.annotationsPath, ...selection });
    }
  }
}

function digest(value: unknown): string {
  return hash('sha256', JSON.stringify(value)).slice(0, 32);
}
