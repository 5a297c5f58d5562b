// Stands for `@jest/globals`. Modules that several test files share import it once, so each name leads to the functions
// of the file that runs.
const functionOf = (name) =>
  new Proxy(function () {}, {
    apply: (_target, _self, values) => globalThis.testGlobals[name](...values),
    get: (_target, key) => globalThis.testGlobals[name][key],
  });

export const afterAll = functionOf('afterAll');
export const afterEach = functionOf('afterEach');
export const beforeAll = functionOf('beforeAll');
export const beforeEach = functionOf('beforeEach');
export const describe = functionOf('describe');
// All files have the same one, and errors shall not name this file.
export const { expect } = globalThis.testGlobals;
export const it = functionOf('it');
export const jest = functionOf('jest');
export const test = functionOf('test');
