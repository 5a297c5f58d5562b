import * as ort from 'onnxruntime-node';
import { messageOf } from '../../../common/index.ts';
import { NetworkTrial, type NetworkOnTrial, type TrialTensor } from './network-trial.port.ts';
import { modelTrialFailed } from '../registry.errors.ts';

/** Tries a network on this thread, which it blocks while it runs: for the command line, not for a server. */
export class OnnxruntimeNetworkTrial extends NetworkTrial {
  async open(model: Uint8Array): Promise<NetworkOnTrial> {
    const session = await orFail(() =>
      ort.InferenceSession.create(model, { executionProviders: ['cpu'], logSeverityLevel: 4 }),
    );
    return {
      run: (input, outputs) =>
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
  if (!(tensor instanceof ort.Tensor)) return { type: 'no tensor', shape: [], data: undefined };
  // A copy: the runtime reuses its memory.
  const data = tensor.data instanceof Float32Array ? tensor.data.slice() : undefined;
  return { type: tensor.type, shape: tensor.dims, data };
}
