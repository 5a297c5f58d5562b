import * as ort from 'onnxruntime-node';
import { Logger } from '@nestjs/common';
import { messageOf } from '../../../common/index.ts';
import type { ExecutionProvider } from '../../embeddings.config.ts';
import { executionProviderMissing, executionProviderUnusable } from '../../embeddings.errors.ts';
import type { ExecutionProviders } from '../execution-providers.ts';

/** What ONNX Runtime offers: the names in its build, and whether a session can be created with one. */
export interface ProviderOffer {
  readonly available: readonly string[];
  /** Rejects with the reason why sessions cannot use it. */
  readonly tryOut: (name: ExecutionProvider) => Promise<void>;
}

/** A network of one operator, [1] → [1]: an ONNX file of 63 bytes. */
const IDENTITY = Buffer.from(
  'CAc6NwoQCgF4EgF5IghJZGVudGl0eRIBZ1oPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCAhAN',
  'base64',
);

const installed: ProviderOffer = {
  get available() {
    return ort.listSupportedBackends().map(({ name }) => name);
  },
  tryOut: async (name) => {
    const session = await ort.InferenceSession.create(IDENTITY, {
      executionProviders: [name],
      logSeverityLevel: 4,
    });
    await session.release();
  },
};

/**
 * Finds out which of the wanted providers work here.
 *
 * Rejects with `EXECUTION_PROVIDER_MISSING` if the build of ONNX Runtime lacks one, and with
 * `EXECUTION_PROVIDER_UNUSABLE` if none of them works.
 */
export async function usableProviders(
  wanted: readonly ExecutionProvider[],
  offer: ProviderOffer = installed,
): Promise<ExecutionProviders> {
  const { available } = offer;
  const missing = wanted.find((name) => !available.includes(name));
  if (missing !== undefined) throw executionProviderMissing(missing, available);
  const usable: ExecutionProvider[] = [];
  const unusable: { name: ExecutionProvider; reason: string }[] = [];
  for (const name of wanted) {
    try {
      // Every build computes on the CPU, so that needs no session.
      if (name !== 'cpu') await offer.tryOut(name);
      usable.push(name);
    } catch (error) {
      unusable.push({ name, reason: messageOf(error) });
    }
  }
  if (usable.length === 0) throw executionProviderUnusable(unusable);
  for (const { name, reason } of unusable) {
    new Logger('Embeddings').warn(
      `The execution provider "${name}" does not work on this machine, so networks run on ${usable.join(', ')}: ${reason}`,
    );
  }
  return { names: usable };
}
