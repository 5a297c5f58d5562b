/** An environment variable that is read outside the configuration slices, by us or by what we run on. */
export interface PlatformVariable {
  readonly name: string;
  readonly readBy: string;
  readonly meaning: string;
}

/** All of them, for the reference page. The specs fail if the code reads one that is missing here. */
export const PLATFORM_VARIABLES: readonly PlatformVariable[] = [
  {
    name: 'UV_THREADPOOL_SIZE',
    readBy: 'Node',
    meaning:
      'The number of threads that decode pictures and read files. The command sets it to the number of cores plus 4 if it is unset.',
  },
  {
    name: 'NODE_EXTRA_CA_CERTS',
    readBy: 'Node',
    meaning: 'A PEM file of further certificate authorities to trust when downloading over https.',
  },
  {
    name: 'NO_COLOR',
    readBy: 'Lookalike and Nest',
    meaning: 'Any value turns the colours of commands and of the log off.',
  },
  {
    name: 'FORCE_COLOR',
    readBy: 'Lookalike',
    meaning: '`1` turns the colours of commands on for files and pipes as well.',
  },
  {
    name: 'AWS_ACCESS_KEY_ID',
    readBy: 'the OpenSearch and S3 clients',
    meaning:
      'The credentials that requests to S3 are signed with, and those to OpenSearch if `OPENSEARCH_AWS_REGION` is set.',
  },
  {
    name: 'AWS_SECRET_ACCESS_KEY',
    readBy: 'the OpenSearch and S3 clients',
    meaning: 'The secret that belongs to `AWS_ACCESS_KEY_ID`.',
  },
  {
    name: 'AWS_SESSION_TOKEN',
    readBy: 'the OpenSearch and S3 clients',
    meaning: 'The token of temporary credentials.',
  },
  {
    name: 'AWS_REGION',
    readBy: 'Lookalike and the S3 client',
    meaning: 'The region of the buckets. `us-east-1` if neither this nor a profile is given.',
  },
  {
    name: 'AWS_DEFAULT_REGION',
    readBy: 'Lookalike',
    meaning: 'The region if `AWS_REGION` is unset.',
  },
  {
    name: 'AWS_PROFILE',
    readBy: 'Lookalike and the S3 client',
    meaning: 'The profile in the configuration files of AWS that credentials and region are taken from.',
  },
  {
    name: 'AWS_ENDPOINT_URL_S3',
    readBy: 'the S3 client',
    meaning: 'The address of a server that speaks the protocol of S3.',
  },
  {
    name: 'TF_CPP_MIN_LOG_LEVEL',
    readBy: 'tfjs-node',
    meaning: 'How much the native library logs. Set to `2` (errors only) if it is unset.',
  },
  {
    name: 'TF_NUM_INTRAOP_THREADS',
    readBy: 'tfjs-node',
    meaning: 'The threads within one operation. Set to the threads of all sessions together if it is unset.',
  },
];
