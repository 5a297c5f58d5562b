'use strict';

const { TestEnvironment } = require('jest-environment-node');

/**
 * Jest runs each test file in a VM context with typed-array constructors of its own, and native
 * add-ons (onnxruntime-node among them) refuse arrays of another realm. Sharing the outer realm's
 * constructors makes `instanceof` agree on both sides.
 */
module.exports = class SharedTypedArraysEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    Object.assign(this.global, {
      ArrayBuffer,
      SharedArrayBuffer,
      DataView,
      Uint8Array,
      Uint8ClampedArray,
      Uint16Array,
      Uint32Array,
      Int8Array,
      Int16Array,
      Int32Array,
      Float32Array,
      Float64Array,
      BigInt64Array,
      BigUint64Array,
    });
  }
};
