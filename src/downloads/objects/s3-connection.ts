import { createRequire } from 'node:module';
import type { S3Client } from '@aws-sdk/client-s3';
import { s3NotInstalled } from '../downloads.errors.ts';

const PACKAGE = '@aws-sdk/client-s3';
const require = createRequire(import.meta.url);

export interface S3Connection {
  readonly client: S3Client;
  readonly sdk: typeof import('@aws-sdk/client-s3');
}

/** Opens the client of AWS, an optional package, with the endpoint and the credentials of the environment. Rejects with `S3_NOT_INSTALLED`. */
export async function connectToS3(options: {
  readonly forcePathStyle: boolean;
  readonly maxAttempts: number;
}): Promise<S3Connection> {
  if (!isInstalled()) throw s3NotInstalled(packageSpec());
  const sdk = await import('@aws-sdk/client-s3');
  const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  const client = new sdk.S3Client({
    ...options,
    // Servers other than those of AWS need a region only for the signature.
    ...(region === undefined && process.env.AWS_PROFILE === undefined ? { region: 'us-east-1' } : {}),
    // Otherwise a bucket in another region than that of the environment is refused.
    followRegionRedirects: true,
  });
  return { client, sdk };
}

function isInstalled(): boolean {
  try {
    require.resolve(PACKAGE);
    return true;
  } catch {
    return false;
  }
}

/** With the version that this package declares. */
function packageSpec(): string {
  const { peerDependencies } = require('../../../package.json') as {
    peerDependencies: Readonly<Record<string, string>>;
  };
  return `${PACKAGE}@${peerDependencies[PACKAGE] ?? 'latest'}`;
}
