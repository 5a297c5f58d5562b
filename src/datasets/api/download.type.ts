import { Field, Float, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Connection } from '../../common/index.ts';
import type { DownloadCount, DownloadRow } from '../ledger/download-ledger.ts';

export enum DownloadStateModel {
  SUCCEEDED = 'SUCCEEDED',
  FAILED = 'FAILED',
}

registerEnumType(DownloadStateModel, { name: 'DownloadState' });

@ObjectType('Download', { description: 'What became of a URL at its last try.' })
export class DownloadModel {
  @Field(() => ID)
  externalId!: string;

  @Field(() => String)
  url!: string;

  @Field(() => DownloadStateModel)
  state!: DownloadStateModel;

  @Field(() => String, { nullable: true, description: 'The code of why it failed.' })
  reason!: string | null;

  @Field(() => String, { nullable: true })
  message!: string | null;

  @Field(() => Int, { nullable: true })
  httpStatus!: number | null;

  @Field(() => Int)
  attempts!: number;

  @Field(() => Int, { nullable: true })
  bytes!: number | null;

  @Field(() => Int, { description: 'Milliseconds, waiting for its turn included.' })
  ms!: number;

  @Field(() => Date)
  triedAt!: Date;
}

@ObjectType('DownloadConnection')
export class DownloadConnection extends Connection(DownloadModel, 'Download') {}

@ObjectType('DownloadCount', { description: 'How many URLs of a host ended the same way.' })
export class DownloadCountModel {
  @Field(() => String)
  host!: string;

  @Field(() => DownloadStateModel)
  state!: DownloadStateModel;

  @Field(() => String, { nullable: true, description: 'The code of why they failed.' })
  reason!: string | null;

  @Field(() => Int)
  urls!: number;

  @Field(() => Float)
  bytes!: number;
}

export function toDownloadModel({ code, state, ...row }: DownloadRow): DownloadModel {
  return { ...row, reason: code, state: DownloadStateModel[state] };
}

export function toDownloadCountModel({ code, state, ...count }: DownloadCount): DownloadCountModel {
  return { ...count, reason: code, state: DownloadStateModel[state] };
}
