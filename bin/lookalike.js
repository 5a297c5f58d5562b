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
  enableCompileCache();
  // libuv reads this once, when its first worker starts: one decoder a core, and four for files, which
  // for the most part wait until the disk has them.
  process.env.UV_THREADPOOL_SIZE ??= String(availableParallelism() + 4);
  // Outside production, graphql-js looks for a second copy of itself whenever it checks a type, which takes more than a
  // third of its time. Only this part of it reads the variable, once; everything else sees what the user has set.
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = 'production';
  await import('graphql/jsutils/instanceOf.js');
  if (NODE_ENV === undefined) delete process.env.NODE_ENV;
  else process.env.NODE_ENV = NODE_ENV;
  await import('../dist/cli.js');
}
