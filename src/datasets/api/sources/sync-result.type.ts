import { Field, Int, ObjectType } from '@nestjs/graphql';
import type { SyncPreview } from '../../import/import-previews.service.ts';
import type { SyncKind } from '../../sync/sync-counts.ts';

@ObjectType('SyncResult', {
  description:
    'What bringing a dataset in step with a source does to its images. An image may be relabelled and have changed attributes or bytes at the same time.',
})
export class SyncResultType implements Readonly<Record<SyncKind, number>> {
  @Field(() => Int, {
    description:
      'Images that the dataset did not have, and that were imported. In a preview, those that would be tried.',
  })
  added!: number;

  @Field(() => Int, { description: 'Images with new bytes.' })
  changed!: number;

  @Field(() => Int, {
    description:
      'Images whose files have another path now, recognised by their bytes, or whose objects in S3 have another key, recognised by ETag and size.',
  })
  moved!: number;

  @Field(() => Int, { description: 'Images with other labels.' })
  relabelled!: number;

  @Field(() => Int, { description: 'Images with other attributes.' })
  attributesChanged!: number;

  @Field(() => Int, { description: 'Images that the source no longer has, which are removed.' })
  vanished!: number;

  @Field(() => Int, { description: 'Images that somebody has edited or deleted, and that stay so.' })
  kept!: number;

  @Field(() => Int, {
    description:
      'Images that failed. In a preview, those that failed last time and are as they were, so far as is known without trying.',
  })
  failed!: number;

  @Field(() => Int, { description: 'Images that are as the source has them.' })
  unchanged!: number;
}

@ObjectType('SyncSamples', { description: 'The first external ids of each kind, up to ten.' })
export class SyncSamplesType implements Readonly<Record<SyncKind, readonly string[]>> {
  @Field(() => [String])
  added!: readonly string[];

  @Field(() => [String])
  changed!: readonly string[];

  @Field(() => [String])
  moved!: readonly string[];

  @Field(() => [String])
  relabelled!: readonly string[];

  @Field(() => [String])
  attributesChanged!: readonly string[];

  @Field(() => [String])
  vanished!: readonly string[];

  @Field(() => [String])
  kept!: readonly string[];

  @Field(() => [String])
  failed!: readonly string[];

  @Field(() => [String])
  unchanged!: readonly string[];
}

@ObjectType('SyncPreview', { description: 'What bringing the dataset in step would do.' })
export class SyncPreviewType implements SyncPreview {
  @Field(() => SyncResultType)
  counts!: SyncResultType;

  @Field(() => SyncSamplesType)
  samples!: SyncSamplesType;

  @Field(() => Int, { description: 'The number of images that the source has brought until now.' })
  brought!: number;

  @Field(() => Int, {
    description:
      'How many of them may have vanished, by `maxDelete`: if it is more, a run stops before it removes any.',
  })
  mostVanished!: number;
}
