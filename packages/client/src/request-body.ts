import { FilePath } from './file-path.ts';
import type { UploadInput } from './scalars.ts';

/** JSON, or a form as the GraphQL multipart request specification describes it if the variables hold files. */
export async function requestBody(query: string, variables: unknown): Promise<string | FormData> {
  const files = new Map<string, UploadInput>();
  const operations = JSON.stringify({ query, variables: withoutFiles(variables, 'variables', files) });
  if (files.size === 0) return operations;
  const form = new FormData();
  form.append('operations', operations);
  const paths = [...files.keys()];
  form.append('map', JSON.stringify(Object.fromEntries(paths.map((path, at) => [at, [path]]))));
  for (const [at, file] of [...files.values()].entries())
    form.append(String(at), await blobOf(file), nameOf(file));
  return form;
}

/** A copy with null in place of each file. */
function withoutFiles(value: unknown, path: string, files: Map<string, UploadInput>): unknown {
  if (isFile(value)) {
    files.set(path, value);
    return null;
  }
  if (Array.isArray(value)) return value.map((item, at) => withoutFiles(item, `${path}.${at}`, files));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutFiles(item, `${path}.${key}`, files)]),
  );
}

function isFile(value: unknown): value is UploadInput {
  return value instanceof Blob || value instanceof Uint8Array || value instanceof FilePath;
}

async function blobOf(file: UploadInput): Promise<Blob> {
  if (file instanceof FilePath) return file.open();
  return file instanceof Blob ? file : new Blob([file as Uint8Array<ArrayBuffer>]);
}

function nameOf(file: UploadInput): string {
  return 'name' in file && typeof file.name === 'string' ? file.name : 'upload';
}
