const PREFIX = 'lookalike.';

/**
 * Local storage under names of our own, since other services may have had the same address, and a GraphiQL too.
 * Null where the browser forbids storage.
 */
export const ownStorage: Storage | null = isAllowed()
  ? {
      getItem: (name) => localStorage.getItem(PREFIX + name),
      setItem: (name, value) => localStorage.setItem(PREFIX + name, value),
      removeItem: (name) => localStorage.removeItem(PREFIX + name),
      clear: () => ownNames().forEach((name) => localStorage.removeItem(name)),
      key: (at) => ownNames()[at] ?? null,
      get length() {
        return ownNames().length;
      },
    }
  : null;

/** Whether the editor has been used in this browser, so that it shows again what stood there. */
export function hasBeenUsed(): boolean {
  return (ownStorage?.getItem('graphiql:tabState') ?? null) !== null;
}

function ownNames(): readonly string[] {
  return Object.keys(localStorage).filter((name) => name.startsWith(`${PREFIX}graphiql:`));
}

function isAllowed(): boolean {
  try {
    return localStorage.length >= 0;
  } catch {
    return false;
  }
}
