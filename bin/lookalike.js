#!/usr/bin/env node
// Plain JavaScript that any Node can read, so that an old one gets a sentence and not a crash.
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 13)) {
  console.error(
    `lookalike needs Node 22.13 or newer; this is ${process.version}. ` +
      'In a checkout, "npm run --silent lookalike -- ..." uses the Node that the project brings along.',
  );
  process.exitCode = 1;
} else {
  const { availableParallelism } = await import('node:os');
  const { enableCompileCache } = await import('node:module');
  const { setFlagsFromString } = await import('node:v8');
  enableCompileCache();
  // libuv reads this once, when its first worker starts: one decoder a core, and four for files, which
  // for the most part wait until the disk has them.
  process.env.UV_THREADPOOL_SIZE ??= String(availableParallelism() + 4);
  // Files and pixels lie outside of V8's heap, but count towards the limit at which it collects all garbage. By itself,
  // V8 leaves room for a third of what is in use, which 20 to 40 uploads fill; a collection then takes more than 100 ms of
  // the processor. This leaves room for as much as is in use.
  setFlagsFromString('--heap-growing-percent=100');
  // Outside production, graphql-js looks for a second copy of itself whenever it checks a type, which takes more than a
  // third of its time. Only this part of it reads the variable, once; everything else sees what the user has set.
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = 'production';
  await import('graphql/jsutils/instanceOf.js');
  if (NODE_ENV === undefined) delete process.env.NODE_ENV;
  else process.env.NODE_ENV = NODE_ENV;
  await import('../dist/cli.js');
}
