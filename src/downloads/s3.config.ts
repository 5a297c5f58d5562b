import { commaSeparated, configSlice, flag, setting } from '../config/index.ts';

export class S3Config extends configSlice(
  { title: 'S3' },
  {
    S3_BUCKETS: setting(commaSeparated(), {
      meaning:
        'The buckets that imports may read from, as in `s3://bucket/key`. Whoever may import can read every picture in them. Endpoint, region and credentials are those of the environment and the files that all AWS tools use (`AWS_ENDPOINT_URL_S3`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_PROFILE`).',
      values: 'names, separated by commas, or `*` for all',
    }),
    S3_FORCE_PATH_STYLE: flag({
      fallback: false,
      meaning:
        'Whether the bucket is named in the path of a URL instead of the host name, as most servers other than those of AWS need it.',
    }),
  },
) {}
