// Compiles the modules of wasm/ and writes each, as base64, into a module of the sources, so that tests, worker threads and
// the built program find it alike. With --check, only says whether these are up to date.
import { readFile, writeFile } from 'node:fs/promises';
import asc from 'assemblyscript/asc';

const MODULES = [
  {
    source: 'wasm/walk.ts',
    target: 'src/search/vector-index/embedded/walk/walk-code.ts',
    constant: 'WALK_CODE',
  },
  { source: 'wasm/multiply.ts', target: 'src/linear-algebra/multiply-code.ts', constant: 'MULTIPLY_CODE' },
];

for (const { source, target, constant } of MODULES) {
  const code = await compile(source);
  const text =
    `// Compiled from ${source} by \`npm run build:wasm\`.\n\n` +
    `/** A WebAssembly module, as base64. */\nexport const ${constant} =\n  '${Buffer.from(code).toString('base64')}';\n`;
  if (!process.argv.includes('--check')) await writeFile(target, text);
  else if ((await readFile(target, 'utf8')) !== text) {
    console.error(`${target} is out of date: run \`npm run build:wasm\``);
    process.exitCode = 1;
  }
  console.log(`${source}: ${code.length} bytes`);
}

async function compile(source) {
  let code;
  const { error, stderr } = await asc.main(
    [
      source,
      ...['--outFile', 'module.wasm', '--runtime', 'stub', '--optimizeLevel', '3', '--shrinkLevel', '0'],
      ...['--noAssert', '--importMemory', '--enable', 'simd', '--disable', 'mutable-globals'],
    ],
    {
      readFile: (name) => readFile(name, 'utf8').catch(() => null),
      writeFile: (_name, contents) => (code = contents),
      listFiles: () => [],
    },
  );
  if (error) {
    console.error(`${stderr}`);
    process.exit(1);
  }
  return code;
}
