import type { AppError } from '../../common/index.ts';
import type { Downloaded } from '../../downloads/index.ts';
import type { SourceImage } from '../sources/dataset-source.port.ts';
import type { DownloadLedger, DownloadOutcome, KnownDownload } from './download-ledger.ts';

/** Outcomes written in one transaction, unless they come so slowly that time is up first. */
const BATCH = 64;
const MAX_WAIT_MS = 250;

/** One download under way. */
export interface DownloadEntry {
  succeeded(answer: Downloaded, sha256: string): void;
  /** `answer` where the server gave one, and something was wrong with it. */
  failed(error: AppError, answer: Downloaded | undefined): void;
  end(): void;
}

/**
 * What one run of an import knows and finds out about URLs. It holds what is known of the images
 * just ahead only, so its memory does not grow with the catalogue.
 */
export class DownloadAccount {
  private readonly known = new Map<string, Map<string, KnownDownload>>();
  private readonly underWay = new Map<string, number>();
  private unwritten: DownloadOutcome[] = [];
  private lastWrite = performance.now();
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly ledger: DownloadLedger,
    private readonly datasetId: number,
    private readonly jobId: number,
    /** Told of the bytes of each body. */
    private readonly transferred: (bytes: number) => void,
  ) {}

  /** Looks up what is known of images that will be taken next. */
  async lookUp(images: readonly SourceImage[]): Promise<void> {
    const externalIds = images.filter(isFromUrl).map(({ externalId }) => externalId);
    for (const [externalId, urls] of await this.ledger.known(this.datasetId, externalIds)) {
      this.known.set(externalId, urls);
    }
  }

  /** The image needs no looking up any more. */
  forget({ externalId }: SourceImage): void {
    this.known.delete(externalId);
  }

  /** The sha256 of bytes that were downloaded from this URL before. */
  downloaded(externalId: string, url: string): string | null {
    const known = this.known.get(externalId)?.get(url);
    return known?.state === 'SUCCEEDED' ? known.sha256 : null;
  }

  /** How this URL failed in this very job, before it was interrupted: it need not be tried again. */
  failed(externalId: string, url: string): { readonly code: string; readonly message: string } | undefined {
    const known = this.known.get(externalId)?.get(url);
    if (known?.state !== 'FAILED' || known.jobId !== this.jobId) return undefined;
    return { code: known.code ?? '', message: known.message ?? '' };
  }

  /** Hosts that something is being downloaded from. */
  get hosts(): string[] {
    return [...this.underWay.keys()];
  }

  begin({ externalId, labels }: SourceImage, url: string): DownloadEntry {
    const host = URL.canParse(url) ? new URL(url).hostname : '';
    const startedAt = performance.now();
    const base = () => ({ externalId, url, host, labels, ms: performance.now() - startedAt });
    this.underWay.set(host, (this.underWay.get(host) ?? 0) + 1);
    return {
      succeeded: ({ status, attempts, bytes }, sha256) => {
        this.transferred(bytes.length);
        const facts = { httpStatus: status, attempts, bytes: bytes.length, sha256 };
        this.add({ ...base(), ...facts, state: 'SUCCEEDED', code: null, message: null });
      },
      failed: ({ code, message, details }, answer) => {
        if (answer !== undefined) this.transferred(answer.bytes.length);
        this.add({
          ...base(),
          state: 'FAILED',
          code,
          message,
          httpStatus: answer?.status ?? numberOrNull(details.status),
          attempts: answer?.attempts ?? numberOrNull(details.attempts) ?? 1,
          bytes: answer?.bytes.length ?? null,
          sha256: null,
        });
      },
      end: () => {
        const others = (this.underWay.get(host) ?? 1) - 1;
        if (others === 0) this.underWay.delete(host);
        else this.underWay.set(host, others);
      },
    };
  }

  /** Writes what is not yet written. Rejects where the ledger could not be written. */
  async flush(): Promise<void> {
    this.write();
    await this.writing;
  }

  private add(outcome: DownloadOutcome): void {
    this.unwritten.push(outcome);
    if (this.unwritten.length >= BATCH || performance.now() - this.lastWrite > MAX_WAIT_MS) this.write();
  }

  private write(): void {
    const outcomes = this.unwritten;
    this.unwritten = [];
    this.lastWrite = performance.now();
    this.writing = this.writing.then(() => this.ledger.record(this.datasetId, this.jobId, outcomes));
    // Told by flush(); without this it would also be an unhandled rejection meanwhile.
    this.writing.catch(() => undefined);
  }
}

/** Whether any of its places is a URL. */
export function isFromUrl({ locations }: SourceImage): boolean {
  return locations.some((location) => 'url' in location);
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
