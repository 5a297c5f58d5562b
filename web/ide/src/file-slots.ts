/**
 * Files stand in the variables by names such as `"file:picture"`. A name is a slot, which a person fills by
 * choosing a file in the panel, so that the same file can be sent again and again.
 */
const PREFIX = 'file:';

type Listener = () => void;

/** The files that have been chosen, by slot. Kept in memory only. */
export class FileSlots {
  private files: ReadonlyMap<string, File> = new Map();
  private readonly listeners = new Set<Listener>();

  /** The same object until a file is chosen or removed. */
  readonly all = (): ReadonlyMap<string, File> => this.files;

  readonly subscribe = (listener: Listener): Listener => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Puts a file into a slot, or empties it. */
  set(slot: string, file: File | undefined): void {
    const files = new Map(this.files);
    if (file === undefined) files.delete(slot);
    else files.set(slot, file);
    this.files = files;
    this.listeners.forEach((listener) => listener());
  }
}

/** What stands in the variables for the file of a slot. */
export function referenceTo(slot: string): string {
  return `${PREFIX}${slot}`;
}

/** Where the variables refer to files: the path of each reference (`variables.images.0.upload`), and its slot. */
export function referencesIn(
  value: unknown,
  path = 'variables',
): readonly (readonly [path: string, slot: string])[] {
  if (typeof value === 'string') return value.startsWith(PREFIX) ? [[path, value.slice(PREFIX.length)]] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => referencesIn(inner, `${path}.${key}`));
}

/** A copy of the variables with null in place of each reference. */
export function withoutReferences(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith(PREFIX) ? null : value;
  if (Array.isArray(value)) return value.map(withoutReferences);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutReferences(inner)]));
}
