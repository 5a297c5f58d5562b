/**
 * The URL of a worker's file beside the caller: `./thing.worker` is TypeScript if the caller runs from
 * source (Node strips the types), and JavaScript if it was built.
 */
export function workerUrl(caller: string, name: string): URL {
  const extension = caller.endsWith('.ts') ? '.ts' : '.js';
  return new URL(`${name}${extension}`, caller);
}
