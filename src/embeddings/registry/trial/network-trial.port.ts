/** Numbers that a network gave, or their type alone where they are no float32. */
export interface TrialTensor {
  readonly type: string;
  readonly shape: readonly number[];
  /** Only of float32. */
  readonly data: Float32Array | undefined;
}

/** A network that is loaded to be tried out. */
export interface NetworkOnTrial {
  /** One pass. `shape` is that of `data`; answers the tensors of the names asked for. */
  run(
    input: { name: string; data: Float32Array; shape: readonly number[] },
    outputs: readonly string[],
  ): Promise<ReadonlyMap<string, TrialTensor>>;
  close(): Promise<void>;
}

/** Runs the bytes of a network once or twice, before it is registered. */
export abstract class NetworkTrial {
  /**
   * `model`: an ONNX file, or `model.json`, whose `shards` come with it in their order. Rejects with
   * `MODEL_TRIAL_FAILED`, as each pass does.
   */
  abstract open(model: Uint8Array, shards?: readonly Uint8Array[]): Promise<NetworkOnTrial>;
}
