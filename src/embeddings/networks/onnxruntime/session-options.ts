import type { InferenceSession } from 'onnxruntime-node';
import { eightBitSumsOverflow } from './eight-bit-sums.ts';
import type { OnnxruntimeSettings } from './onnxruntime.feature-extractor.ts';

// Only erasable TypeScript: worker threads run this file from source.

/** How ONNX Runtime computes in a worker thread, with pictures and with text alike. */
export async function sessionOptions({
  providers,
  threads,
}: Pick<OnnxruntimeSettings, 'providers' | 'threads'>): Promise<InferenceSession.SessionOptions> {
  return {
    executionProviders: providers,
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 3,
    extra: {
      session: {
        // A thread that spins while it waits would take the core from the decoders.
        intra_op: { allow_spinning: '0' },
        inter_op: { allow_spinning: '0' },
        // Sums that overflow would give other features than the same network gives on another processor. Where they do
        // not, exact sums would only take twice as long.
        x64quantprecision: (await eightBitSumsOverflow()) ? '1' : '0',
      },
    },
  };
}
