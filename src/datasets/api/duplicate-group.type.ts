import { Field, Int, ObjectType } from '@nestjs/graphql';
import { Connection } from '../../common/index.ts';
import type { DuplicateGroup, DuplicateMember } from '../duplicates/dataset-files.ts';
import { ImageType } from './image.type.ts';

@ObjectType('DuplicateImage')
export class DuplicateImageType {
  @Field(() => ImageType)
  image!: ImageType;

  @Field(() => Int, {
    description: "In how many bits its perceptual hash differs from that of the group's oldest image.",
  })
  distance!: number;

  @Field(() => Boolean, { description: "Whether its bytes are those of the group's oldest image." })
  sameBytes!: boolean;
}

@ObjectType('DuplicateImageConnection')
export class DuplicateImageConnection extends Connection(DuplicateImageType, 'DuplicateImage') {}

@ObjectType('DuplicateGroup', { description: 'Two or more images that are the same, or look the same.' })
export class DuplicateGroupType {
  @Field(() => Int, { description: 'How many images.' })
  size!: number;

  @Field(() => Boolean, { description: 'Whether the bytes of all are the same.' })
  exact!: boolean;

  /** By rising id; the API resolves them to `images`. */
  members!: readonly DuplicateMember[];
}

@ObjectType('DuplicateGroupConnection')
export class DuplicateGroupConnection extends Connection(DuplicateGroupType, 'DuplicateGroup') {}

export function toDuplicateGroupType({ members, exact }: DuplicateGroup): DuplicateGroupType {
  return { size: members.length, exact, members };
}
