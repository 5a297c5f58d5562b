/** The output of a network. */
export interface TrialTensor {
  readonly type: string;
  readonly shape: readonly number[];
  /** Undefined unless the type is float32. */
  readonly data: Float32Array | undefined;
}

/** A network that has been loaded in order to be tried out. */
export interface NetworkOnTrial {
  /** One pass. `shape` is that of `data`. Resolves to the tensors with the names in `outputs`. */
  runPass(
    input: { name: string; data: Float32Array; shape: readonly number[] },
    outputs: readonly string[],
  ): Promise<ReadonlyMap<string, TrialTensor>>;
  close(): Promise<void>;
}

/**
 * Runs a network once or twice before it is registered.
 *
 * @example
 * const network = await trial.openTrial(await readFile('network.onnx'));
 * try {
 *   const input = { name: 'input', data: new Float32Array(3 * 224 * 224), shape: [1, 3, 224, 224] };
 *   const tensors = await network.runPass(input, ['embedding']);
 *   console.log(tensors.get('embedding')?.shape); // [1, 1280]
 * } finally {
 *   await network.close();
 * }
 */
export abstract class NetworkTrial {
  /**
   * `model`: an ONNX file, or a `model.json` with its `shards` in order. Rejects with
   * `MODEL_TRIAL_FAILED`, as every pass does.
   */
  abstract openTrial(model: Uint8Array, shards?: readonly Uint8Array[]): Promise<NetworkOnTrial>;
}

/** The trial for each kind of file. */
export abstract class NetworkTrials {
  abstract readonly onnx: NetworkTrial;
  abstract readonly tfjs: NetworkTrial;
}
