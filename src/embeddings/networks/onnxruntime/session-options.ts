import type { InferenceSession } from 'onnxruntime-node';
import type { OnnxruntimeSettings } from './onnxruntime.feature-extractor.ts';

// Only erasable TypeScript: worker threads run this file from source.

/** How ONNX Runtime computes in a worker thread, with pictures and with text alike. */
export function sessionOptions({
  providers,
  threads,
}: Pick<OnnxruntimeSettings, 'providers' | 'threads'>): InferenceSession.SessionOptions {
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
        // Without VNNI instructions, sums of eight-bit products would overflow, and features would be others than
        // those of the same network on another processor.
        x64quantprecision: '1',
      },
    },
  };
}
