import * as ort from 'onnxruntime-node';
import { messageOf } from '../../../common/index.ts';
import type { ExecutionProvider } from '../../embeddings.config.ts';
import { NetworkTrial, type NetworkOnTrial, type TrialTensor } from './network-trial.port.ts';
import { modelTrialFailed } from '../registry.errors.ts';

/** Runs the network in this thread and blocks it, which suits the command line but not a server. */
export class OnnxruntimeNetworkTrial extends NetworkTrial {
  constructor(private readonly providers: readonly ExecutionProvider[] = ['cpu']) {
    super();
  }

  async openTrial(model: Uint8Array): Promise<NetworkOnTrial> {
    const session = await orFail(() =>
      ort.InferenceSession.create(model, { executionProviders: this.providers, logSeverityLevel: 4 }),
    );
    return {
      runPass: (input, outputs) =>
        orFail(async () => {
          const feeds = { [input.name]: new ort.Tensor('float32', input.data, input.shape) };
          const results = await session.run(feeds, outputs);
          return new Map(outputs.map((name) => [name, trialTensor(results[name])]));
        }),
      close: () => session.release(),
    };
  }
}

async function orFail<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw modelTrialFailed(messageOf(error));
  }
}

function trialTensor(tensor: ort.OnnxValue | undefined): TrialTensor {
  if (!(tensor instanceof ort.Tensor)) return { type: 'not a tensor', shape: [], data: undefined };
  // Copied, as the runtime reuses its memory.
  const data = tensor.data instanceof Float32Array ? tensor.data.slice() : undefined;
  return { type: tensor.type, shape: tensor.dims, data };
}
