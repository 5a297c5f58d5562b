const DOCUMENT = '/map-compiler.html';

declare global {
  /** Makes a function of text; regl calls it in place of `Function`. */
  var mapCompiler: FunctionConstructor | undefined;
}

let loading: Promise<void> | undefined;

/** Gets a compiler from a frame whose content security policy allows it. Must be awaited before regl is used. */
export function loadCompiler(): Promise<void> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

function load(): Promise<void> {
  return new Promise((resolve, reject) => {
    const frame = document.createElement('iframe');
    frame.src = DOCUMENT;
    frame.title = 'Compiler of the map';
    frame.hidden = true;
    frame.ariaHidden = 'true';
    frame.addEventListener('load', () => {
      try {
        globalThis.mapCompiler = (frame.contentWindow as Window & typeof globalThis).Function;
        resolve();
      } catch (error) {
        // An error page of the browser is in the frame, which is of another origin.
        frame.remove();
        reject(new TypeError('Load failed', { cause: error }));
      }
    });
    document.body.append(frame);
  });
}
