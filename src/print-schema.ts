import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.ts';
import { printPage } from './print-page.ts';

/** Prints the API's schema as it follows from the code; `schema.gql` is this, committed. */
const dataDir = await mkdtemp(join(tmpdir(), 'lookalike-'));
const app = await NestFactory.create(AppModule.forRoot({ LOOKALIKE_DATA_DIR: dataDir }), { logger: false });
try {
  await app.init();
  const { schema } = app.get(GraphQLSchemaHost);
  await printPage(`${printSchema(lexicographicSortSchema(schema))}\n`);
} finally {
  await app.close();
  await rm(dataDir, { recursive: true });
}
