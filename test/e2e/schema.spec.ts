import { readFile } from 'node:fs/promises';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Service } from './service.ts';

describe('schema.gql', () => {
  let service: Service;

  beforeAll(async () => {
    service = await Service.start();
  });
  afterAll(() => service.stopAndForget());

  it('is what the code makes of it; "npm run build && npm run schema" writes it again', async () => {
    const committed = await readFile(new URL('../../schema.gql', import.meta.url), 'utf8');
    const { schema } = service.server.app.get(GraphQLSchemaHost);
    expect(`${printSchema(lexicographicSortSchema(schema))}\n`).toBe(committed);
  });
});
