export type DownloadState = 'SUCCEEDED' | 'FAILED';

/** The outcome of the last download of a URL. */
export interface DownloadOutcome {
  readonly externalId: string;
  readonly url: string;
  readonly host: string;
  /** The labels of the image, so that a retry does not need the annotations. */
  readonly labels: readonly string[];
  readonly state: DownloadState;
  /** The reason for a failure; null if the download succeeded. */
  readonly code: string | null;
  readonly message: string | null;
  readonly httpStatus: number | null;
  /** The number of requests, not counting redirects. */
  readonly attempts: number;
  /** The size of the decoded body. */
  readonly bytes: number | null;
  readonly ms: number;
  /** The digest of the decoded body, if it is an image that was stored. */
  readonly sha256: string | null;
}

export interface DownloadRow extends DownloadOutcome {
  readonly id: number;
  readonly triedAt: Date;
}

/** The number of URLs of one host that had the same outcome. */
export interface DownloadCount {
  readonly host: string;
  readonly state: DownloadState;
  readonly code: string | null;
  readonly urls: number;
  readonly bytes: number;
}

export interface LedgerFilter {
  readonly state?: DownloadState;
  readonly codes?: readonly string[];
}

export interface KnownDownload extends DownloadRow {
  /** The job that made the last attempt. */
  readonly jobId: number;
}
