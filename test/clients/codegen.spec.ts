import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kind, parse, print, type OperationDefinitionNode } from 'graphql';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const IN_JSON = /"query":"((?:[^"\\]|\\.)*)"/g;
const IN_JAVASCRIPT = /const query = '([^']*)';/g;
const IN_GRAPHQL = /^```graphql\n([^]*?)^```/gm;
const CONFIG = /^```ts\n\/\/ codegen\.ts\n([^]*?)^```/m;

const OPERATIONS = `
  query Created { image(id: "Image:1") { createdAt } }
  query Search($file: Upload!) { similarImages(by: { upload: $file }) { exact } }
`;
const USES = `
  import type { CreatedQuery, SearchQueryVariables } from './gql/graphql.ts';

  export const createdAt = (result: CreatedQuery): string | undefined => result.image?.createdAt;
  export const variables = (file: File): SearchQueryVariables => ({ file });
  // @ts-expect-error A path is no file.
  export const wrong: SearchQueryVariables = { file: 'picture.jpg' };
  // @ts-expect-error A date is a string.
  export const notDate = (result: CreatedQuery): number | undefined => result.image?.createdAt;
`;

const TSCONFIG = {
  compilerOptions: {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    target: 'es2023',
    lib: ['es2023', 'dom'],
    module: 'esnext',
    moduleResolution: 'bundler',
    allowImportingTsExtensions: true,
    types: [],
  },
  include: ['src'],
};

/** The operations in the documents, each with a name of its own, which code generators ask for. */
async function documentedOperations(): Promise<string[]> {
  const pages = (await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md'));
  const operations: string[] = [];
  for (const path of ['README.md', ...pages.map((name) => join('docs', name))]) {
    const text = await readFile(join(root, path), 'utf8');
    const sources = [
      ...Array.from(text.matchAll(IN_JSON), ([, json]) => JSON.parse(`"${json}"`) as string),
      ...Array.from(text.matchAll(IN_JAVASCRIPT), ([, source]) => source!),
      ...Array.from(text.matchAll(IN_GRAPHQL), ([, source]) => source!),
    ];
    for (const source of sources) {
      for (const definition of parse(source).definitions) {
        expect(definition.kind).toBe(Kind.OPERATION_DEFINITION);
        const name = { kind: Kind.NAME as const, value: `Documented${operations.length}` };
        operations.push(print({ ...(definition as OperationDefinitionNode), name }));
      }
    }
  }
  return operations;
}

describe('the client preset of GraphQL Code Generator', () => {
  let project: string;
  let operations: string[];

  beforeAll(async () => {
    operations = await documentedOperations();
    project = await mkdtemp(join(tmpdir(), 'lookalike-codegen-'));
    await mkdir(join(project, 'src'));
    await cp(join(root, 'schema.gql'), join(project, 'schema.gql'));
    await symlink(join(root, 'node_modules'), join(project, 'node_modules'));
    await writeFile(join(project, 'package.json'), '{"type":"module"}');
    await writeFile(join(project, 'src', 'operations.graphql'), operations.join('\n'));
    const config = CONFIG.exec(await readFile(join(root, 'docs', 'api.md'), 'utf8'))?.[1];
    if (config === undefined) throw new Error('docs/api.md shows no codegen.ts');
    await writeFile(join(project, 'codegen.ts'), config);
  });
  afterAll(() => rm(project, { recursive: true, force: true }));

  it('makes types for every operation in the documents, with the documented configuration', async () => {
    expect(operations.length).toBeGreaterThan(10);
    await writeFile(join(project, 'src', 'uses.graphql'), OPERATIONS);
    await writeFile(join(project, 'src', 'uses.ts'), USES);
    const cli = join(root, 'node_modules', '@graphql-codegen', 'cli', 'esm', 'bin.js');
    await run(process.execPath, [cli, '--config', 'codegen.ts'], { cwd: project });
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const checked = run(process.execPath, [tsc], { cwd: project }).catch(
      (error: { stdout: string }) => error,
    );
    expect((await checked).stdout).toBe('');
    const types = await readFile(join(project, 'src', 'gql', 'graphql.ts'), 'utf8');
    for (const at of operations.keys()) expect(types).toContain(`Documented${at}Document`);
    expect(types).not.toMatch(/: any\b/);
  });
});
