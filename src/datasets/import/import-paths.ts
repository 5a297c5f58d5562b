import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { Injectable } from '@nestjs/common';
import { DatasetsConfig } from '../datasets.config.ts';
import { isPattern, shardsOf, sourceNotFound } from '../../annotations/index.ts';
import { systemCodeOf } from '../../common/index.ts';
import { isObjectUrl } from '../../downloads/index.ts';
import { importPathRefused } from '../datasets.errors.ts';
import { Stages } from '../stages/stages.service.ts';
import type { AnnotationReading, ExternalSource, ImportSource } from './import-input.ts';

/** Who asks for an import. The command line is trusted: it may name whatever its user may read. */
export interface ImportCaller {
  readonly trusted: boolean;
}

/** What a path has to name. */
type Named = 'file' | 'folder' | 'file or folder';

/** Decides which files and folders of this machine an import may read. */
@Injectable()
export class ImportPaths {
  constructor(
    private readonly config: DatasetsConfig,
    private readonly stages: Stages,
  ) {}

  /**
   * The source with absolute paths that exist. A caller that is not trusted may only name what lies
   * below the import roots once links are followed, or in a stage.
   *
   * Rejects with `IMPORT_PATH_REFUSED`, `SOURCE_NOT_FOUND`, `STAGE_NOT_FOUND` and `STAGE_PATH_INVALID`.
   */
  async resolveSource(source: ImportSource, { trusted }: ImportCaller): Promise<ExternalSource> {
    const { stage } = source;
    const resolvePath = (path: string, what: Named) => {
      if (stage !== undefined) return this.staged(stage, path, what);
      return trusted ? existing(resolve(path), path, what) : this.allowed(path, what);
    };
    const staged = stage === undefined ? {} : { stage };
    if (source.kind === 'bucket') return source;
    const placeAt: PlaceAt = async (place, what) => (isObjectUrl(place) ? place : resolvePath(place, what));
    if (source.kind === 'directory') {
      const path =
        source.stage !== undefined && source.path === undefined
          ? await this.wholeStage(source.stage)
          : await resolvePath(source.path ?? '', 'folder');
      const { labelLevel } = source;
      return { kind: 'directory', path, ...(labelLevel === undefined ? {} : { labelLevel }), ...staged };
    }

    if (source.kind === 'feed') {
      const { url, imagesRoot } = source;
      return {
        kind: 'feed',
        url,
        imagesRoot: imagesRoot === undefined ? besideUrl(url) : await placeAt(imagesRoot, 'folder'),
        ...(await readingOf(source, placeAt)),
      };
    }
    const { uploaded = false, imagesRoot } = source;
    const annotationsPath = uploaded
      ? source.annotationsPath
      : await resolveAnnotations(source.annotationsPath, resolvePath);
    const beside = uploaded ? null : await folderOf(annotationsPath);
    return {
      kind: 'annotations',
      annotationsPath,
      imagesRoot: imagesRoot === undefined ? beside : await placeAt(imagesRoot, 'folder'),
      ...(await readingOf(source, placeAt)),
      ...(uploaded ? { uploaded } : {}),
      ...staged,
    };
  }

  private async staged(stage: string, path: string, what: Named): Promise<string> {
    const root = await realpath(await this.stages.locate(stage)).catch(() => undefined);
    if (root === undefined) throw sourceNotFound('The stage has no files yet.');
    return existing(await this.stages.locate(stage, path), path, what, [root]);
  }

  private async wholeStage(stage: string): Promise<string> {
    try {
      return await realpath(await this.stages.locate(stage));
    } catch (error) {
      if (systemCodeOf(error) === undefined) throw error;
      throw sourceNotFound('The stage has no files yet.');
    }
  }

  private async allowed(path: string, what: Named): Promise<string> {
    const roots = this.config.IMPORT_ROOTS.map((root) => resolve(root));
    if (roots.length === 0) {
      throw importPathRefused(
        'This server does not read paths that are named through the API. Upload the annotations, or set IMPORT_ROOTS to the folders that it may read.',
      );
    }
    // Nothing outside the roots is touched, so that clients cannot even find out whether it exists.
    const candidates = roots
      .map((root) => (isAbsolute(path) ? resolve(path) : join(root, path)))
      .filter((candidate) => roots.some((root) => isWithin(candidate, root)));
    if (candidates.length === 0) throw outside();
    const realRoots = await Promise.all(roots.map((root) => realpath(root).catch(() => root)));
    let problem: unknown;
    for (const candidate of candidates) {
      try {
        return await existing(candidate, path, what, realRoots);
      } catch (error) {
        problem ??= error;
      }
    }
    throw problem;
  }
}

/** Annotations are a file, a folder of Parquet files or tar archives, or a pattern that stands for such files. */
async function resolveAnnotations(
  path: string,
  resolvePath: (path: string, what: Named) => Promise<string>,
): Promise<string> {
  if (!isPattern(path)) {
    const resolved = await resolvePath(path, 'file or folder');
    // Refuses a folder without any.
    await shardsOf(resolved);
    return resolved;
  }
  const pattern = join(await resolvePath(dirname(path), 'folder'), basename(path));
  for (const shard of await shardsOf(pattern))
    await resolvePath(join(dirname(path), basename(shard)), 'file');
  return pattern;
}

/** Pictures in S3 may stand beside their annotations; those of other servers are not looked for there. */
function besideUrl(url: string): string | null {
  return isObjectUrl(url) ? url.slice(0, url.lastIndexOf('/') + 1) : null;
}

async function folderOf(annotationsPath: string): Promise<string> {
  const isFolder = !isPattern(annotationsPath) && (await stat(annotationsPath)).isDirectory();
  return isFolder ? annotationsPath : dirname(annotationsPath);
}

/** An object in S3 as it is, or the path of what exists. */
type PlaceAt = (place: string, what: 'file' | 'folder') => Promise<string>;

/** How annotations are read, without what is omitted. */
async function readingOf(source: AnnotationReading, placeAt: PlaceAt) {
  const { pathTemplate, labelNamesPath, format = 'AUTO', columns } = source;
  const { labelSeparator, delimiter, encoding, attributes } = source;
  return {
    ...(pathTemplate === undefined ? {} : { pathTemplate }),
    ...(format === 'AUTO' ? {} : { format }),
    ...(columns === undefined ? {} : { columns }),
    ...(labelSeparator === undefined ? {} : { labelSeparator }),
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(attributes === undefined ? {} : { attributes }),
    ...(labelNamesPath === undefined ? {} : { labelNamesPath: await placeAt(labelNamesPath, 'file') }),
  };
}

function outside() {
  return importPathRefused('The path is not below one of the folders in IMPORT_ROOTS.');
}

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** The real path of a file or folder below one of `within`; `named` is the path as it was requested. */
async function existing(
  path: string,
  named: string,
  what: Named,
  within: readonly string[] = [sep],
): Promise<string> {
  try {
    const real = await realpath(path);
    if (!within.some((root) => isWithin(real, root))) throw outside();
    const stats = await stat(real);
    if (what !== 'folder' && stats.isFile()) return real;
    if (what !== 'file' && stats.isDirectory()) return real;
  } catch (error) {
    // A path that contains NUL is not a system error, but there is no such file either.
    if (systemCodeOf(error) === undefined && !path.includes('\0')) throw error;
    throw sourceNotFound(`There is no ${what} "${named}", or it cannot be read.`);
  }
  throw sourceNotFound(`"${named}" is not a ${what}.`);
}
