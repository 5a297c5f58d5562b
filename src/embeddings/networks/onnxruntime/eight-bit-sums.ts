import * as ort from 'onnxruntime-node';

// Only erasable TypeScript: worker threads run this file from source.

const [LENGTH, WIDTH] = [64, 16];
/** An ONNX file with one node: `MatMulInteger` of 1 × 64 numbers without and 64 × 16 numbers with a sign. */
const PRODUCT = Buffer.from(
  'CAg6XAoYCgFhCgFiEgFjIg1NYXRNdWxJbnRlZ2VyEgFnWhMKAWESDgoMCAISCAoCCAEKAghAWhMKAWISDgoMCAMSCAoCCEAKAggQYhMKAWMSDgoMCAYSCAoCCAEKAggQQgQKABAN',
  'base64',
);

/**
 * Whether sums of products of eight-bit numbers overflow on this processor, as ONNX Runtime computes them: with AVX2 of x86-64, it
 * adds two products in 16 bits, unless there are VNNI instructions. Node does not tell which instructions there are.
 */
export async function eightBitSumsOverflow(): Promise<boolean> {
  if (process.arch !== 'x64') return false;
  const session = await ort.InferenceSession.create(PRODUCT, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  try {
    const [unsigned, signed] = [255, 127];
    const { c } = await session.run({
      a: new ort.Tensor('uint8', new Uint8Array(LENGTH).fill(unsigned), [1, LENGTH]),
      b: new ort.Tensor('int8', new Int8Array(LENGTH * WIDTH).fill(signed), [LENGTH, WIDTH]),
    });
    return (c?.data as Int32Array).some((sum) => sum !== LENGTH * unsigned * signed);
  } finally {
    await session.release();
  }
}
