const PREFIX = 'lookalike.';

const isAllowed = (() => {
  try {
    return localStorage.length >= 0;
  } catch {
    return false;
  }
})();

/**
 * Local storage under names of our own, since other services may have had the same address, and a GraphiQL too.
 * Where the browser forbids storage, it is empty and keeps nothing.
 */
export const ownStorage: Storage = {
  getItem: (name) => (isAllowed ? localStorage.getItem(PREFIX + name) : null),
  setItem: (name, value) => {
    if (isAllowed) localStorage.setItem(PREFIX + name, value);
  },
  removeItem: (name) => {
    if (isAllowed) localStorage.removeItem(PREFIX + name);
  },
  clear: () => ownNames().forEach((name) => localStorage.removeItem(name)),
  key: (at) => ownNames()[at] ?? null,
  get length() {
    return ownNames().length;
  },
};

/** Whether the editor has been used in this browser, so that it shows again what stood there. */
export function hasBeenUsed(): boolean {
  return ownStorage.getItem('graphiql:tabState') !== null;
}

function ownNames(): readonly string[] {
  if (!isAllowed) return [];
  return Object.keys(localStorage).filter((name) => name.startsWith(`${PREFIX}graphiql:`));
}
