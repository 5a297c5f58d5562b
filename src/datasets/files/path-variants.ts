import { isAbsolute, posix, sep } from 'node:path';
import { LRUCache } from 'lru-cache';
import { files } from './file-calls.ts';

/** How many names of files are remembered, and for how many milliseconds. */
const MAX_NAMES = 1_000_000;
const NAMES_TTL = 10_000;
/** Folders beside an annotation file in which tools put the pictures whose names it has. */
const USUAL_FOLDERS = ['images', 'data', 'train', 'val', 'test', 'img', 'photos'];

/** What the names of pictures end in, where data sets name them without. */
const EXTENSIONS = ['jpg', 'jpeg', 'png', 'webp', 'gif', 'avif'];

/** The name of every entry of a folder by the form in which names are compared. */
type Names = ReadonlyMap<string, readonly string[]>;

/**
 * The paths below a root that a path from another machine or tool may stand for, the path itself first: without
 * spaces around it, with the backslashes of Windows as slashes, with percent escapes decoded, with the root's own path
 * at its start left out, and, if it is an absolute path of another machine, without its first folders. All are
 * relative; some may lead out of the root.
 */
export function spellingsOf(path: string, root: string): string[] {
  const spellings = new Set([path]);
  const add = (change: (spelling: string) => string) => {
    for (const spelling of [...spellings]) spellings.add(change(spelling));
  };
  add((spelling) => spelling.trim());
  add((spelling) => spelling.replaceAll('\\', '/'));
  add(decoded);
  const relative = [...spellings].flatMap((spelling) => {
    const place = spelling.replace(/^[a-z]:(?=[\\/])/i, '');
    if (!isAbsolute(place) && !place.startsWith('/')) return [spelling];
    const inside = place.startsWith(root + sep) ? [place.slice(root.length + 1)] : [];
    return [...inside, ...endsOf(place)];
  });
  return [...new Set(relative)].filter((spelling) => spelling !== '' && !spelling.includes('\0'));
}

/** "/a/b/c.jpg" as "a/b/c.jpg", "b/c.jpg" and "c.jpg". */
function endsOf(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.map((_part, at) => parts.slice(at).join('/'));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Finds files whose names are written differently from how a source names them: in another letter case, in another
 * normal form of Unicode (NFC or NFD), in one of the folders in which tools put pictures, or with an extension.
 */
export class PathVariants {
  private readonly folders = new LRUCache<string, Names>({
    maxSize: MAX_NAMES,
    sizeCalculation: (names) => names.size + 1,
    ttl: NAMES_TTL,
  });

  /** The existing paths below the root that differ from the given one in nothing but these ways, without repetition. */
  async find(root: string, path: string): Promise<string[]> {
    const parts = posix.normalize(path).split('/');
    if (parts.includes('..')) return [];
    const found = await this.follow(root, parts);
    if (found.length > 0) return found;
    const inFolders = await Promise.all(USUAL_FOLDERS.map((folder) => this.follow(root, [folder, ...parts])));
    return inFolders.flat();
  }

  /** The same for a path without the extension of its picture. */
  async findWithExtension(root: string, path: string): Promise<string[]> {
    if (/\.[a-z]{3,4}$/i.test(path)) return [];
    const found = await Promise.all(EXTENSIONS.map((extension) => this.find(root, `${path}.${extension}`)));
    return found.flat();
  }

  private async follow(root: string, parts: readonly string[]): Promise<string[]> {
    let places = [''];
    for (const part of parts) {
      const next = places.map(async (place) => {
        const names = (await this.namesIn(posix.join(root, place))).get(comparable(part)) ?? [];
        const exact = names.filter((name) => name.normalize() === part.normalize());
        return (exact.length > 0 ? exact : names).map((name) => posix.join(place, name));
      });
      places = (await Promise.all(next)).flat();
      if (places.length === 0) return [];
    }
    return places;
  }

  private async namesIn(folder: string): Promise<Names> {
    const known = this.folders.get(folder);
    if (known !== undefined) return known;
    const names = new Map<string, string[]>();
    for (const name of await files.readdir(folder).catch(() => [])) {
      const key = comparable(name);
      names.set(key, [...(names.get(key) ?? []), name]);
    }
    this.folders.set(folder, names);
    return names;
  }
}

function comparable(name: string): string {
  return name.normalize().toLowerCase();
}
