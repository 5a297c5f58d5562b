/** What a thread of the extra decoder is started with. */
export interface ExtraDecoderData {
  /** The path of the WebAssembly module. */
  readonly wasm: string;
}

export interface ExtraDecoderRequest {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The maximum width × height. */
  readonly maxPixels: number;
}

/** The upright picture as an uncompressed TIFF, with its colour profile; or nothing if it cannot be decoded. */
export type ExtraDecoderAnswer = { readonly tiff: Uint8Array<ArrayBuffer> } | { readonly tiff: undefined };
