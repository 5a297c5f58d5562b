import {
  AnnotationFile,
  rowUnreadable,
  type AnnotationFormat,
  type AnnotationOptions,
  type Survey,
} from '../../annotations/index.ts';
import { isObjectUrl, objectUrlBelow } from '../../downloads/index.ts';
import { spellingsOf } from '../files/path-variants.ts';
import {
  DatasetSource,
  type ImageLocation,
  type SourceFaults,
  type SourceImage,
  type SourceSelection,
} from './dataset-source.port.ts';
import { labelUnknown } from '../datasets.errors.ts';
import { nearLabels } from '../near-labels.ts';

interface Options extends Omit<AnnotationOptions, 'values'> {
  readonly attributes?: readonly { readonly name: string; readonly column: string }[];
  readonly annotationsPath: string;
  /** The folder, or prefix in S3, that relative image paths start from; null if such paths must not be read. */
  readonly imagesRoot: string | null;
  /** The path of each picture, with "{id}" for the id of its image; the paths in the annotations if omitted. */
  readonly pathTemplate?: string;
}

/** The images of an annotation file. */
export class AnnotationsSource extends DatasetSource {
  private readonly file: AnnotationFile;
  private readonly imagesRoot: string | null;
  private readonly pathTemplate: string | undefined;
  private readonly attributes: readonly string[];
  /** The keys of the labels that the latest selection named. */
  private keys: { readonly selection: string; readonly labels: readonly string[] } | undefined;

  constructor({ annotationsPath, imagesRoot, pathTemplate, attributes = [], ...options }: Options) {
    super();
    const values = attributes.map(({ column }) => column);
    this.file = new AnnotationFile(annotationsPath, {
      ...options,
      values,
      onTranscribed: (share) => this.onPrepared(share),
    });
    this.attributes = attributes.map(({ name }) => name);
    this.imagesRoot = imagesRoot;
    this.pathTemplate = pathTemplate;
  }

  override async count(selection: SourceSelection, signal: AbortSignal): Promise<number> {
    const { imageCount } = await this.survey(selection, signal);
    return Math.min(imageCount, selection.limit ?? imageCount);
  }

  override async *read(selection: SourceSelection, signal: AbortSignal): AsyncIterable<SourceImage> {
    const survey = await this.survey(selection, signal);
    let left = selection.limit ?? Infinity;
    for await (const images of survey.images(signal)) {
      for (const { id, labels, places, contained, values } of images) {
        if (left <= 0) return;
        left -= 1;
        const inside = contained === undefined ? [] : [{ path: contained.name, root: null, contained }];
        const locations = [...inside, ...this.locationsOf(id, places)];
        const image = { externalId: id, labels, locations };
        if (this.attributes.length === 0) yield image;
        else yield { ...image, values: new Map(this.attributes.map((name, at) => [name, values[at]])) };
      }
    }
  }

  override async labelNames(signal = new AbortController().signal): Promise<ReadonlyMap<string, string>> {
    return this.file.labelNames(signal);
  }

  override async format(signal: AbortSignal): Promise<AnnotationFormat> {
    return this.file.format(signal);
  }

  override async columns(signal: AbortSignal): Promise<readonly string[]> {
    return this.file.columns(signal);
  }

  override async faults(signal: AbortSignal): Promise<SourceFaults> {
    const { count, first } = await this.file.faults(signal);
    return {
      count,
      first: first.map((fault) => ({ item: fault.place, error: rowUnreadable(fault) })),
    };
  }

  override async close(): Promise<void> {
    await this.file.close();
  }

  /** Labels are selected by their keys or, where the file has no such key, by their names. */
  private async survey({ labelIds }: SourceSelection, signal: AbortSignal): Promise<Survey> {
    const selection = JSON.stringify(labelIds ?? null);
    if (this.keys?.selection === selection) return this.file.survey(this.keys.labels, signal);
    const survey = await this.file.survey(labelIds, signal);
    if (labelIds === undefined || survey.missingLabels.length === 0) return survey;

    const names = await this.file.labelNames(signal);
    const keys = keysByName(names);
    const keysOf = (label: string) =>
      survey.missingLabels.includes(label) ? (keys.get(label) ?? [label]) : [label];
    const labels = labelIds.flatMap(keysOf);
    const byKey = await this.file.survey(labels, signal);
    const missing = labelIds.filter((label) =>
      keysOf(label).every((key) => byKey.missingLabels.includes(key)),
    );
    if (missing.length > 0) {
      const known = new Set([...survey.labels, ...names.keys(), ...names.values()]);
      throw labelUnknown(missing, 'The annotation file has no label', nearLabels(missing, known));
    }
    this.keys = { selection, labels };
    return byKey;
  }

  /** If paths must not be read, images that also have URLs use only these. */
  private locationsOf(id: string, places: readonly string[]): ImageLocation[] {
    if (this.pathTemplate !== undefined) {
      return this.placesOf(this.pathTemplate.replaceAll('{id}', id));
    }
    const texts = [...new Set(places)].filter((text) => text.trim() !== '');
    const urls = texts.flatMap((text) => urlOf(text) ?? []);
    if (this.imagesRoot === null && urls.length > 0) return urls.map((url) => ({ url }));
    return texts.flatMap((text) => {
      const url = urlOf(text);
      return url === undefined ? this.placesOf(text) : [{ url }];
    });
  }

  /** Objects have no folders to look into, so that the spellings of a path are tried one after the other. */
  private placesOf(path: string): ImageLocation[] {
    const root = this.imagesRoot;
    if (root === null || !isObjectUrl(root)) return [{ path, root }];
    const urls = spellingsOf(path, root).map((spelling) => objectUrlBelow(root, spelling));
    return [...new Set(urls)].slice(0, MAX_SPELLINGS).map((url) => ({ url }));
  }
}

/** How many objects are tried for one path. */
const MAX_SPELLINGS = 6;

/** A name may stand for several labels. */
function keysByName(names: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, string[]>();
  for (const [key, name] of names) keys.set(name, [...(keys.get(name) ?? []), key]);
  return keys;
}

/**
 * Whatever begins with a scheme as defined in RFC 3986 is a URL, and so is what begins with "//" and a host, as web
 * shops write it; everything else is a path, a drive of Windows included.
 */
function urlOf(text: string): string | undefined {
  const place = text.trim();
  if (/^[a-z][a-z0-9+.-]+:/i.test(place)) return place;
  return /^\/\/[^/\s]+\.[^/\s]+\//.test(place) ? `https:${place}` : undefined;
}
