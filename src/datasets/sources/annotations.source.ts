import {
  AnnotationFile,
  type AnnotationFormat,
  type AnnotationOptions,
  type Survey,
} from '../../annotations/index.ts';
import {
  DatasetSource,
  type ImageLocation,
  type SourceImage,
  type SourceSelection,
} from './dataset-source.port.ts';
import { labelUnknown } from '../datasets.errors.ts';
import { nearLabels } from '../near-labels.ts';

interface Options extends Omit<AnnotationOptions, 'values'> {
  readonly attributes?: readonly { readonly name: string; readonly column: string }[];
  readonly annotationsPath: string;
  /** The folder that relative image paths start from; null if such paths must not be read. */
  readonly imagesRoot: string | null;
}

/** The images of an annotation file. */
export class AnnotationsSource extends DatasetSource {
  private readonly file: AnnotationFile;
  private readonly imagesRoot: string | null;
  private readonly attributes: readonly string[];
  /** The keys of the labels that the latest selection named. */
  private keys: { readonly selection: string; readonly labels: readonly string[] } | undefined;

  constructor({ annotationsPath, imagesRoot, attributes = [], ...options }: Options) {
    super();
    const values = attributes.map(({ column }) => column);
    this.file = new AnnotationFile(annotationsPath, { ...options, values });
    this.attributes = attributes.map(({ name }) => name);
    this.imagesRoot = imagesRoot;
  }

  override async count(selection: SourceSelection, signal: AbortSignal): Promise<number> {
    const { imageCount } = await this.survey(selection, signal);
    return Math.min(imageCount, selection.limit ?? imageCount);
  }

  override async *read(selection: SourceSelection, signal: AbortSignal): AsyncIterable<SourceImage> {
    const survey = await this.survey(selection, signal);
    let left = selection.limit ?? Infinity;
    for await (const images of survey.images(signal)) {
      for (const { id, labels, places, values } of images) {
        if (left <= 0) return;
        left -= 1;
        const image = { externalId: id, labels, locations: this.locationsOf(places) };
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
  private locationsOf(places: readonly string[]): ImageLocation[] {
    const texts = [...new Set(places)].filter((text) => text !== '');
    const urls = texts.filter(isUrl);
    const usable = this.imagesRoot === null && urls.length > 0 ? urls : texts;
    return usable.map((text) => (isUrl(text) ? { url: text } : { path: text, root: this.imagesRoot }));
  }
}

/** A name may stand for several labels. */
function keysByName(names: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, string[]>();
  for (const [key, name] of names) keys.set(name, [...(keys.get(name) ?? []), key]);
  return keys;
}

/** Whatever begins with a scheme as defined in RFC 3986 is a URL; everything else is a path. */
function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(text);
}
