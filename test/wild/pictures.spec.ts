import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Service } from '../e2e/service.ts';
import { pictureCases, type PictureCase } from './pictures/cases.ts';

interface Outcome {
  readonly warned: number;
  /** By name: the codes of warnings, or of the error. */
  readonly of: Map<string, unknown>;
}

describe('pictures as they occur, through the API', () => {
  let service: Service;
  let folder: string;
  let cases: readonly PictureCase[];

  beforeAll(async () => {
    cases = await pictureCases();
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    for (const { name, bytes } of cases) await writeFile(join(folder, name), bytes);
    service = await Service.start({ IMPORT_ROOTS: folder });
  });
  afterAll(async () => {
    await service.stopAndForget();
    await rm(folder, { recursive: true, force: true });
  });

  const importAll = async (dataset: string, acceptTruncated: boolean): Promise<Outcome> => {
    const { importDataset } = await service.query<{ importDataset: { id: string } }>(
      'mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id } }',
      { input: { dataset, directoryPath: folder, acceptTruncated } },
    );
    await service.job(importDataset.id);
    const { job, images } = await service.query<{
      job: { warned: number; failures: { nodes: { item: string; code: string; message: string }[] } };
      images: {
        nodes: { externalId: string; width: number; height: number; warnings: { code: string }[] }[];
      };
    }>(
      `query ($job: ID!, $dataset: ID!) {
        job(id: $job) { warned failures(first: 100) { nodes { item code message } } }
        images(dataset: $dataset, first: 100) { nodes { externalId width height warnings { code } } }
      }`,
      { job: importDataset.id, dataset },
    );
    const of = new Map<string, unknown>();
    for (const { externalId, width, height, warnings } of images.nodes) {
      of.set(externalId, { width, height, warnings: warnings.map(({ code }) => code) });
    }
    for (const { item, code, message } of job.failures.nodes) {
      const expected = cases.find(({ name }) => name === item)?.verdict;
      const problem = expected && 'problem' in expected ? expected.problem : /never/;
      of.set(item, { code, problem: problem.test(message) ? problem : message });
    }
    return { warned: job.warned, of };
  };

  it('are taken if a person would see them, with warnings that are counted', async () => {
    const { warned, of } = await importAll('strict', false);
    expect(Object.fromEntries(of)).toEqual(
      Object.fromEntries(cases.map(({ name, verdict }) => [name, verdict])),
    );
    const expected = cases.filter(({ verdict }) => 'warnings' in verdict && verdict.warnings.length > 0);
    expect(warned).toBe(expected.length);
  });

  it('are taken although a part is missing, if that is asked for, and found like others', async () => {
    const { of } = await importAll('lenient', true);
    expect(Object.fromEntries(of)).toEqual(
      Object.fromEntries(cases.map(({ name, verdict, lenient = verdict }) => [name, lenient])),
    );
    const { buildIndex } = await service.query<{ buildIndex: { id: string } }>(
      'mutation { buildIndex(input: { dataset: "lenient" }) { id } }',
    );
    const taken = cases.filter(({ verdict, lenient = verdict }) => 'warnings' in lenient).length;
    expect(await service.job(buildIndex.id)).toMatchObject({ state: 'SUCCEEDED', done: taken, failed: 0 });
  });

  it('are searched with if they would be imported', async () => {
    for (const { name, bytes, verdict } of cases) {
      const { data, errors } = await service.graphql<{
        similarImages: { nodes: { score: number; image: { externalId: string } }[] };
      }>(
        `query ($by: SimilarImagesBy!) {
          similarImages(by: $by, first: 50) { nodes { score image { externalId } } }
        }`,
        { by: { upload: null } },
        { 'variables.by.upload': { name, bytes } },
      );
      const code = errors?.[0]?.extensions.code;
      expect({ name, code }).toEqual({ name, code: 'code' in verdict ? verdict.code : undefined });
      if ('code' in verdict) continue;
      const own = data.similarImages.nodes.find(({ image }) => image.externalId === name);
      expect(own?.score).toBeCloseTo(1, 3);
    }
  });
});
