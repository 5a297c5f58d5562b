/** What takes long to load and must be closed. */
export interface Loadable {
  loadNetwork(): Promise<void>;
  close(): Promise<void>;
}

/** Loads something when it is first needed, and keeps it until it is closed. */
export class LoadedOnce<Extractor extends Loadable> {
  private loading: Promise<Extractor> | undefined;

  constructor(private readonly make: () => Promise<Extractor>) {}

  /** Rejects as `make` and `loadNetwork` do; the next call tries again. */
  async open(): Promise<Extractor> {
    this.loading ??= this.load();
    try {
      return await this.loading;
    } catch (error) {
      this.loading = undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    // If loading failed, whoever asked for it has been told.
    const [loaded] = await Promise.allSettled([this.loading]);
    if (loaded.status === 'fulfilled') await loaded.value?.close();
  }

  private async load(): Promise<Extractor> {
    const extractor = await this.make();
    try {
      await extractor.loadNetwork();
      return extractor;
    } catch (error) {
      await extractor.close();
      throw error;
    }
  }
}
