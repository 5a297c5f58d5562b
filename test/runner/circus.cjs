'use strict';

const { pathToFileURL } = require('node:url');
const { default: runWithCircus } = require('jest-circus/runner');

let files = 0;

/** Jest's own runner of test files, but modules are imported by Node instead of into a VM context. */
module.exports = async function run(globalConfig, config, environment, runtime, testPath, sendMessageToJest) {
  const native = Object.create(runtime, {
    requireInternalModule: { value: requireAnew },
    setGlobalsForRuntime: {
      value: (globals) => {
        globalThis.testGlobals = { ...globals, jest: runtime.jestGlobals.jestObjectFor(testPath) };
      },
    },
    unstable_shouldLoadAsEsm: { value: () => true },
    unstable_importModule: { value: (path) => import(`${pathToFileURL(path).href}?file=${(files += 1)}`) },
  });
  return runWithCircus(globalConfig, config, environment, native, testPath, sendMessageToJest);
};

/** Circus keeps the state of a test file in its module. */
function requireAnew(path) {
  delete require.cache[path];
  delete globalThis[Symbol.for('EVENT_HANDLERS')];
  return require(path);
}
