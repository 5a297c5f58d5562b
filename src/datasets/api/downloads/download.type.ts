import { Field, Float, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Connection } from '../../../common/index.ts';
import type { DownloadCount, DownloadRow } from '../../ledger/downloads.ts';

export enum DownloadStateType {
  SUCCEEDED = 'SUCCEEDED',
  FAILED = 'FAILED',
}

registerEnumType(DownloadStateType, {
  name: 'DownloadState',
  description: 'Whether the last attempt to download a URL succeeded.',
});

@ObjectType('Download', { description: 'The outcome of the last attempt to download a URL.' })
export class DownloadType {
  @Field(() => String)
  externalId!: string;

  @Field(() => String)
  url!: string;

  @Field(() => DownloadStateType)
  state!: DownloadStateType;

  @Field(() => String, { nullable: true, description: 'The error code, if it failed.' })
  reason!: string | null;

  @Field(() => String, { nullable: true })
  message!: string | null;

  @Field(() => Int, { nullable: true })
  httpStatus!: number | null;

  @Field(() => Int)
  attempts!: number;

  @Field(() => Int, { nullable: true })
  bytes!: number | null;

  @Field(() => Int, { description: 'Milliseconds, including the wait for its turn.' })
  ms!: number;

  @Field(() => Date)
  triedAt!: Date;
}

@ObjectType('DownloadConnection', { description: 'A page of downloads.' })
export class DownloadConnection extends Connection(DownloadType, 'Download') {}

@ObjectType('DownloadCount', { description: 'The number of URLs of a host that had the same outcome.' })
export class DownloadCountType {
  @Field(() => String)
  host!: string;

  @Field(() => DownloadStateType)
  state!: DownloadStateType;

  @Field(() => String, { nullable: true, description: 'The error code, if they failed.' })
  reason!: string | null;

  @Field(() => Int)
  urls!: number;

  @Field(() => Float)
  bytes!: number;
}

export function toDownloadType({ code, state, ...row }: DownloadRow): DownloadType {
  return { ...row, reason: code, state: DownloadStateType[state] };
}

export function toDownloadCountType({ code, state, ...count }: DownloadCount): DownloadCountType {
  return { ...count, reason: code, state: DownloadStateType[state] };
}
