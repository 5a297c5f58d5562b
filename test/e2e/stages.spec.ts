import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jpegOf } from '../fixtures/pictures.ts';
import { Service, type JobResult } from './service.ts';

interface Stage {
  id: string;
  files: number;
  bytes: number;
  expiresAt: string;
}

const STAGE_FILES = `
  mutation ($stage: ID!, $files: [StagedFileInput!]!) {
    stageFiles(stage: $stage, files: $files) { id files bytes expiresAt }
  }`;

describe('stages through the API', () => {
  let service: Service;

  const create = async () =>
    (await service.query<{ createStage: Stage }>('mutation { createStage { id files bytes expiresAt } }'))
      .createStage;
  const uploads = (files: Record<string, Buffer>) => {
    const paths = Object.keys(files);
    return {
      variables: { files: paths.map((path) => ({ path, upload: null })) },
      parts: Object.fromEntries(
        paths.map((path, at) => [
          `variables.files.${at}.upload`,
          { name: 'file', bytes: files[path]!, type: 'application/octet-stream' },
        ]),
      ),
    };
  };
  const add = async (stage: string, files: Record<string, Buffer>) => {
    const { variables, parts } = uploads(files);
    return service.graphql<{ stageFiles: Stage }>(STAGE_FILES, { stage, ...variables }, parts);
  };

  beforeAll(async () => {
    service = await Service.start();
  });
  afterAll(() => service.stop());

  it('import a dropped folder without import roots', async () => {
    const { id } = await create();
    const fifty = await Promise.all(
      Array.from(
        { length: 50 },
        async (_file, at) => [`label ${at % 2}/${at}.jpg`, await jpegOf(at)] as const,
      ),
    );
    const added = await add(id, Object.fromEntries(fifty));
    expect(added.errors).toBeUndefined();
    expect(added.data?.stageFiles).toMatchObject({ id, files: 50 });
    const preview = await service.query<{ previewImport: { images: number; labels: number } }>(
      'mutation ($id: ID!) { previewImport(input: { dataset: "dropped", stage: $id }) { images labels } }',
      { id },
    );
    expect(preview.previewImport).toEqual({ images: 50, labels: 2 });
    const { importDataset } = await service.query<{ importDataset: JobResult }>(
      'mutation ($id: ID!) { importDataset(input: { dataset: "dropped", stage: $id }) { id } }',
      { id },
    );
    expect(await service.job(importDataset.id)).toMatchObject({ state: 'SUCCEEDED', done: 50, failed: 0 });
    const { errors, status } = await service.graphql('query ($id: ID!) { stage(id: $id) { id } }', { id });
    expect([status, errors?.[0]?.extensions.code]).toEqual([404, 'STAGE_NOT_FOUND']);
  });

  it('import annotations with their pictures, from a folder of the stage', async () => {
    const { id } = await create();
    await add(id, {
      'shop/list.csv': Buffer.from('id,url,label\nshirt,pictures/1.jpg,red\n'),
      'shop/pictures/1.jpg': await jpegOf(1),
    });
    const { importDataset } = await service.query<{ importDataset: JobResult }>(
      `mutation ($id: ID!) {
        importDataset(input: { dataset: "shop", stage: $id, stageAnnotations: "shop/list.csv" }) { id }
      }`,
      { id },
    );
    expect(await service.job(importDataset.id)).toMatchObject({ state: 'SUCCEEDED', done: 1 });
  });

  it('refuse bad paths, too many files, and input that contradicts itself', async () => {
    const { id } = await create();
    const code = ({ errors }: { errors?: readonly { extensions: Record<string, unknown> }[] }) =>
      errors?.[0]?.extensions.code;
    expect(code(await add(id, { '../a': Buffer.from('x') }))).toBe('STAGE_PATH_INVALID');
    const many = Object.fromEntries(Array.from({ length: 51 }, (_file, at) => [`${at}`, Buffer.from('x')]));
    expect(code(await add(id, many))).toBe('UPLOAD_TOO_LARGE');
    expect(code(await add('x'.repeat(22), { a: Buffer.from('x') }))).toBe('STAGE_NOT_FOUND');
    const imported = async (fields: string) =>
      code(
        await service.graphql(
          `mutation ($id: ID!) { importDataset(input: { dataset: "shop", stage: $id, ${fields} }) { id } }`,
          { id },
        ),
      );
    expect(await imported('annotationsPath: "a"')).toBe('IMPORT_INPUT_INVALID');
    expect(await imported('stageAnnotations: "a", directoryPath: "b"')).toBe('IMPORT_INPUT_INVALID');
    expect(await service.query('mutation ($id: ID!) { discardStage(id: $id) }', { id })).toEqual({
      discardStage: true,
    });
  });
});
