import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Service } from '../../e2e/service.ts';
import { serveStamps } from '../stamps.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const modules = join(root, 'node_modules');

const OPERATIONS = `
  query Labels($name: String!) { dataset(name: $name) { createdAt labels { nodes { key } } } }
  query Count { datasets { totalCount } }
  mutation Keep($file: Upload!) { addQueryPicture(input: { upload: $file }) { width } }
  subscription Progress($id: ID!) { jobProgress(id: $id) { state } }
`;
const PROGRAM = `
  import { fromPath, LookalikeClient } from '@lookalike/client';
  import { CountDocument, KeepDocument, LabelsDocument, ProgressDocument } from './src/gql/graphql.ts';

  declare const process: { readonly argv: readonly [string, string, string, string] };
  const client = new LookalikeClient({ url: process.argv[2] });
  const { dataset } = await client.request(LabelsDocument, { name: 'stamps' });
  const createdAt: string | undefined = dataset?.createdAt;
  const { datasets } = await client.request(CountDocument);
  const { addQueryPicture } = await client.request(KeepDocument, { file: fromPath(process.argv[3]) });
  const states: string[] = [];
  for await (const { jobProgress } of client.subscribe(ProgressDocument, { id: 'Job:1' })) {
    states.push(jobProgress.state);
  }
  const result = [typeof createdAt, dataset?.labels.nodes.length, datasets.totalCount, addQueryPicture.width, states];
  console.log(JSON.stringify(result));

  export const wrong = async () => {
    // @ts-expect-error The variable is missing.
    await client.request(LabelsDocument);
    // @ts-expect-error A name is a string.
    await client.request(LabelsDocument, { name: 1 });
    // @ts-expect-error A path is no file.
    await client.request(KeepDocument, { file: 'picture.jpg' });
    // @ts-expect-error There is no such field.
    return (await client.request(CountDocument)).datasets.nodes;
  };
`;

describe('the README of @lookalike/client', () => {
  let service: Service;
  let project: string;
  let blocks: string[];

  beforeAll(async () => {
    const text = await readFile(join(root, 'packages', 'client', 'README.md'), 'utf8');
    blocks = Array.from(text.matchAll(/^```ts\n([^]*?)^```/gm), ([, code]) => code!);
    project = await mkdtemp(join(tmpdir(), 'lookalike-readme-'));
    await mkdir(join(project, 'src'));
    await symlink(modules, join(project, 'node_modules'));
    await writeFile(join(project, 'package.json'), '{"type":"module"}');
    ({ service } = await serveStamps());
  });
  afterAll(() => rm(project, { recursive: true, force: true }));

  /** What the compiler complains about. */
  const checkTypes = async (files: readonly string[]) => {
    const compilerOptions = {
      noEmit: true,
      strict: true,
      target: 'es2023',
      lib: ['es2023', 'dom', 'dom.asynciterable'],
      module: 'nodenext',
      allowImportingTsExtensions: true,
      skipLibCheck: true,
      types: [],
    };
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    const tsc = join(modules, 'typescript', 'bin', 'tsc');
    const checked = run(process.execPath, [tsc], { cwd: project }).catch(
      (error: { stdout: string }) => error,
    );
    return (await checked).stdout;
  };

  it('belongs to a package with the version of the service', async () => {
    const versionOf = async (...path: string[]) =>
      (JSON.parse(await readFile(join(root, ...path, 'package.json'), 'utf8')) as { version: string })
        .version;
    expect(await versionOf('packages', 'client')).toBe(await versionOf());
  });

  it('shows programs whose types are right', async () => {
    expect(blocks.length).toBeGreaterThan(5);
    const files = blocks.map((_, at) => `block-${at}.ts`);
    for (const [at, code] of blocks.entries()) await writeFile(join(project, files[at]!), code);
    expect(await checkTypes(files)).toBe('');
  });

  it('shows how to make typed documents, which requests and subscriptions take', async () => {
    const config = blocks.find((code) => code.startsWith('// codegen.ts\n'));
    await writeFile(join(project, 'codegen.ts'), config ?? '');
    await writeFile(join(project, 'src', 'operations.graphql'), OPERATIONS);
    const codegen = join(modules, '@graphql-codegen', 'cli', 'esm', 'bin.js');
    await run(process.execPath, [codegen, '--config', 'codegen.ts'], { cwd: project });
    await rm(join(project, 'src', 'gql', 'gql.ts'));
    await writeFile(join(project, 'program.ts'), PROGRAM);
    expect(await checkTypes(['program.ts'])).toBe('');
    const picture = join(root, 'samples', 'stamps', 'queries', 'fruit-avocado.jpg');
    const { stdout } = await run(process.execPath, ['program.ts', `${service.url}/graphql`, picture], {
      cwd: project,
    });
    expect(JSON.parse(stdout)).toEqual(['string', expect.any(Number), 1, expect.any(Number), ['SUCCEEDED']]);
  });
});
