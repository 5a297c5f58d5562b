import { once } from 'node:events';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { messageOf, workerUrl } from '../../../common/index.ts';
import type { TfjsFiles } from '../../networks/tfjs/tfjs.model.ts';
import { type NetworkOnTrial, NetworkTrial, type TrialTensor } from './network-trial.port.ts';
import { assertTfjsInstalled } from '../../networks/tfjs/tfjs.packages.ts';
import { modelTrialFailed } from '../registry.errors.ts';
import { formatOf, readModelJson } from '../tfjs/model-json.ts';
import type { TrialAnswer, TrialPass } from './tfjs-trial.worker.ts';

/** Runs a TensorFlow.js network in a thread of its own, on the backend that indexes would use. */
export class TfjsNetworkTrial extends NetworkTrial {
  async openTrial(model: Uint8Array, shards: readonly Uint8Array[] = []): Promise<NetworkOnTrial> {
    assertTfjsInstalled();
    const weights = Uint8Array.from(Buffer.concat(shards)).buffer;
    const files: TfjsFiles = { format: formatOf(readModelJson(model)), modelJson: model, weights };
    // TensorFlow's library reads its settings from the environment of the process.
    const worker = new Worker(workerUrl(import.meta.url, './tfjs-trial.worker'), {
      workerData: files,
      env: SHARE_ENV,
    });
    try {
      await nextAnswer(worker);
    } catch (error) {
      await worker.terminate();
      throw error;
    }
    return {
      runPass: async ({ data, shape }, outputs) => {
        const tensors = new Map<string, TrialTensor>();
        for (const output of outputs) {
          const answer = nextAnswer(worker);
          worker.postMessage({ data, shape, output } satisfies TrialPass);
          const { tensor } = await answer;
          if (tensor === undefined) throw modelTrialFailed(`it gave nothing for "${output}"`);
          tensors.set(output, tensor);
        }
        return tensors;
      },
      close: async () => {
        await worker.terminate();
      },
    };
  }
}

/** The thread's next message. Rejects with `MODEL_TRIAL_FAILED` if it reports a problem or ends. */
async function nextAnswer(worker: Worker): Promise<TrialAnswer> {
  const listening = new AbortController();
  const { signal } = listening;
  const first = await Promise.race([
    once(worker, 'message', { signal }).then(([answer]) => answer as TrialAnswer),
    once(worker, 'exit', { signal }).then(() => ({ problem: 'its thread ended' })),
  ]).catch((error: unknown) => ({ problem: messageOf(error) }));
  listening.abort();
  if (first.problem !== undefined) throw modelTrialFailed(first.problem);
  return first;
}
