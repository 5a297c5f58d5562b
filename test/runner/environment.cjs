'use strict';

const { readFileSync } = require('node:fs');
const { registerHooks } = require('node:module');
const { ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');
require('../../scripts/load-typescript.js');

registerHooks({
  // Under the address of the package, so that Jest leaves it out of the stacks of failures.
  load: (url, context, next) =>
    url.includes('/node_modules/@jest/globals/')
      ? { format: 'module', source: readFileSync(require.resolve('./jest-globals.mjs')), shortCircuit: true }
      : next(url, context),
});

/**
 * Runs test files in Node's own realm, with Node's own modules, instead of in a VM context for each file. The files that
 * a worker runs share the modules they import, which would otherwise take most of the time of a suite.
 */
module.exports = class NativeEnvironment {
  #console = globalThis.console;
  #exit = process.exit;
  #getBuiltinModule = process.getBuiltinModule;
  #prepareStackTrace = Error.prepareStackTrace;

  constructor({ projectConfig: config }) {
    this.global = globalThis;
    this.moduleMocker = new ModuleMocker(globalThis);
    this.fakeTimersModern = new ModernFakeTimers({ config, global: globalThis });
    this.fakeTimers = this.fakeTimersModern;
  }

  async setup() {
    // What the runner of Jest sets for a context of its own.
    process.exit = this.#exit;
    process.getBuiltinModule = this.#getBuiltinModule;
    process.setSourceMapsEnabled(true);
    Error.prepareStackTrace = undefined;
  }

  async teardown() {
    this.fakeTimersModern.dispose();
    globalThis.console = this.#console;
    Error.prepareStackTrace = this.#prepareStackTrace;
  }

  exportConditions() {
    return ['node', 'node-addons'];
  }

  getVmContext() {
    return null;
  }
};
