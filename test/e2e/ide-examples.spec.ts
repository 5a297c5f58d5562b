import { readFile } from 'node:fs/promises';
import { buildSchema, parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { examplesFor } from '../../web/ide/src/examples.ts';
import type { Example } from '../../web/ide/src/examples/example.ts';
import { referencesIn, withoutReferences } from '../../web/ide/src/file-slots.ts';
import { findSubject } from '../../web/ide/src/subject.ts';
import { SAMPLES, startDemoService } from '../fixtures/demo-service.ts';
import type { Service } from './service.ts';

const DEMO = examplesFor({ dataset: 'stamps', images: ['6', '2', '30'], label: 'fruit' });
const EXAMPLES = DEMO.flatMap(({ examples }) => examples);

/** What a person would put in place of a placeholder, or choose as a file. */
const FILES: Record<string, string> = {
  picture: `${SAMPLES}/stamps/queries/fruit-avocado.jpg`,
  annotations: `${SAMPLES}/stamps/annotations.json`,
};

describe('the examples of the editor', () => {
  let service: Service;
  let queryPicture: unknown;

  beforeAll(async () => {
    service = await startDemoService();
  });
  afterAll(() => service.stopAndForget());

  const run = async ({ query, variables }: Example) => {
    const replaced = { ...variables, ...(query.includes('queryPictureId') && { picture: queryPicture }) };
    const references = referencesIn(replaced);
    const files = Object.fromEntries(
      await Promise.all(
        references.map(async ([path, slot]) => {
          const name = FILES[slot] ?? '';
          return [path, { name, bytes: await readFile(name) }] as const;
        }),
      ),
    );
    return service.graphql<Record<string, { id?: unknown }>>(
      query,
      withoutReferences(replaced) as Record<string, unknown>,
      files,
    );
  };

  it.each(EXAMPLES)('"$title" is valid', async ({ query }) => {
    const schema = buildSchema(await readFile('schema.gql', 'utf8'));
    expect(validate(schema, parse(query))).toEqual([]);
  });

  // In their order: one example uses what another has made.
  it.each(EXAMPLES)('"$title" answers on the demo data', async (example) => {
    if (example.query.startsWith('subscription')) {
      for await (const event of service.subscribe(example.query, example.variables)) {
        expect(event).toMatchObject({ jobProgress: { id: 'Job:1' } });
      }
      return;
    }
    const { data, errors } = await run(example);
    expect(errors).toBeUndefined();
    expect(JSON.stringify(data)).not.toMatch(/"code":/);
    queryPicture = data.addQueryPicture?.id ?? queryPicture;
  });

  it('are about the demo data, or another dataset if those are missing', async () => {
    const api = `${service.url}/graphql`;
    expect(await findSubject(api)).toEqual({ dataset: 'stamps', images: ['6', '2', '30'], label: 'fruit' });
    await service.query('mutation { createDataset(name: "empty") { id } }');
    const { deleteDataset } = await service.query<{ deleteDataset: { id: string } }>(
      'mutation { deleteDataset(dataset: "stamps") { id } }',
    );
    await service.job(deleteDataset.id);
    const { importDataset } = await service.query<{ importDataset: { id: string } }>(
      `mutation { importDataset(input: { dataset: "my-catalogue", directoryPath: "${SAMPLES}/stamps/images" }) { id } }`,
    );
    await service.job(importDataset.id);
    expect(await findSubject(api)).toMatchObject({ dataset: 'my-catalogue' });
    expect((await findSubject('http://127.0.0.1:1/graphql')).dataset).toBe('stamps');
  });
});
