/**
 * The address of a worker's file beside the caller: `./thing.worker` is TypeScript where the caller
 * runs from source (Node strips the types) and JavaScript where it was built.
 */
export function workerUrl(caller: string, name: string): URL {
  const extension = caller.endsWith('.ts') ? '.ts' : '.js';
  return new URL(`${name}${extension}`, caller);
}
