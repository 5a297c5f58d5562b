import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AppModule } from '../../src/app.module.ts';
import { ImportsService } from '../../src/datasets/index.ts';
import { JobRunner } from '../../src/jobs/index.ts';

export interface ClothingApp {
  readonly app: INestApplicationContext;
  readonly datasetId: number;
  readonly stop: () => Promise<void>;
}

/** The apps on data of their own, into which the gallery of the photographs of clothing in a folder was imported. */
export async function startClothingApp(clothing: string): Promise<ClothingApp> {
  const dataDir = await mkdtemp(join(tmpdir(), 'lookalike-'));
  const settings = { LOOKALIKE_DATA_DIR: dataDir };
  const app = await (
    await Test.createTestingModule({ imports: [AppModule.forRoot(settings)] }).compile()
  ).init();
  const runner = app.get(JobRunner);
  runner.start();
  const source = { kind: 'directory', path: join(clothing, 'gallery') } as const;
  const { id, datasetId } = await app
    .get(ImportsService)
    .enqueueImport({ dataset: 'clothing', source }, { trusted: true });
  await runner.waitFor(id);
  const stop = async () => {
    await runner.stop();
    await app.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { app, datasetId, stop };
}
