import { type FileSlots, referencesIn, referenceTo, withoutReferences } from './file-slots.ts';

interface Operation {
  readonly query: string;
  readonly variables?: unknown;
}

/**
 * A `fetch` that sends the files which the variables of an operation refer to, as the GraphQL multipart request
 * specification asks. Operations without files are sent as they are. If a slot is empty, nothing is sent.
 */
export function uploadFetch(slots: FileSlots): typeof fetch {
  return async (url, init) => {
    const operation = JSON.parse(init?.body as string) as Operation;
    const references = referencesIn(operation.variables);
    if (references.length === 0) return fetch(url, init);

    const missing = [...new Set(references.map(([, slot]) => slot).filter((slot) => !slots.all().has(slot)))];
    if (missing.length > 0) {
      const named = missing.map(referenceTo).join(' and ');
      return Response.json({
        errors: [
          {
            message: `Nothing was sent. Choose a file for ${named} in the panel "Files", then run this again.`,
          },
        ],
      });
    }
    const body = new FormData();
    body.append(
      'operations',
      JSON.stringify({ ...operation, variables: withoutReferences(operation.variables) }),
    );
    body.append('map', JSON.stringify(Object.fromEntries(references.map(([path], at) => [at, [path]]))));
    references.forEach(([, slot], at) => {
      const file = slots.all().get(slot);
      if (file !== undefined) body.append(String(at), file, file.name);
    });
    const headers = new Headers(init?.headers);
    // The browser adds the boundary.
    headers.delete('content-type');
    return fetch(url, { ...init, headers, body });
  };
}
