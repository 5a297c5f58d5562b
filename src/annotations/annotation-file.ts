import { Logger } from '@nestjs/common';
import type { AnnotationFormat, AnnotationOptions } from './annotation-format.ts';
import type { RowFaults } from './joining/fault-list.ts';
import { Survey } from './joining/survey.ts';
import { labelNamesBeside, readLabelNames, type LabelNames } from './label-names.ts';
import { OpenedAnnotations } from './opened-annotations.ts';

/**
 * An annotation file in one of the formats of `AnnotationFormat`, plain or packed with gzip or ZIP, in UTF-8, UTF-16,
 * Windows-1252 or an encoding that is named; or a folder or pattern that stands for several Parquet files or tar
 * archives. Close it when it is no longer needed.
 *
 * The first pass surveys the whole file. Its result is kept, so that later passes read only the rows of the
 * selected images. Memory depends on the number of images, not on the size of the file.
 *
 * Every method rejects with `ANNOTATIONS_INVALID` (line and byte in the details) if the content is wrong,
 * with `SOURCE_NOT_FOUND` if the file cannot be opened, and with the signal's reason.
 *
 * @example
 * const file = new AnnotationFile('catalogue.csv', { columns: { url: ['photo'] } });
 * const survey = await file.survey(['dress', 'shoe'], signal);
 * for await (const images of survey.images(signal)) {
 *   for (const { id, labels, places } of images) console.log(id, labels, places);
 * }
 */
export class AnnotationFile {
  private readonly logger = new Logger('Annotations');
  private opened: OpenedAnnotations | undefined;
  private latest: { readonly selection: string; readonly survey: Survey } | undefined;

  constructor(
    private readonly path: string,
    private readonly options: AnnotationOptions = {},
  ) {}

  /** Reads the file, unless the latest survey has the same selection: images with one of the labels, or all. */
  async survey(labels: readonly string[] | undefined, signal: AbortSignal): Promise<Survey> {
    const selection = JSON.stringify(labels ?? null);
    if (this.latest?.selection !== selection) {
      this.opened ??= await OpenedAnnotations.make(this.path, this.options, signal);
      const layout = await this.opened.layout();
      this.latest = { selection, survey: await Survey.make(layout, labels, signal) };
    }
    return this.latest.survey;
  }

  /** The format that the file turned out to have. */
  async format(signal: AbortSignal): Promise<AnnotationFormat> {
    return (await this.anySurvey(signal)).format;
  }

  /** The columns of CSV, or the keys of the first images. */
  async columns(signal: AbortSignal): Promise<readonly string[]> {
    return (await this.anySurvey(signal)).columns;
  }

  /** Names of labels by their keys: from the file that the options name, this file, or one beside it. */
  async labelNames(signal: AbortSignal): Promise<LabelNames> {
    const { labelNamesPath } = this.options;
    if (labelNamesPath !== undefined) return readLabelNames(labelNamesPath);
    const { names } = await this.anySurvey(signal);
    return names.size > 0 ? names : labelNamesBeside(this.path, (message) => this.logger.warn(message));
  }

  /** The rows that cannot be used, among all rows. */
  async faults(signal: AbortSignal): Promise<RowFaults> {
    return (await this.anySurvey(signal)).faults;
  }

  /** Removes the copies that were made to read the file. */
  async close(): Promise<void> {
    await this.opened?.close();
  }

  private async anySurvey(signal: AbortSignal): Promise<Survey> {
    return this.latest?.survey ?? this.survey(undefined, signal);
  }
}
