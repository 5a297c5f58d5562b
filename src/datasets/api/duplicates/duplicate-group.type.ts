import { Field, Int, ObjectType } from '@nestjs/graphql';
import { Connection } from '../../../common/index.ts';
import type { DuplicateGroup, DuplicateMember } from '../../duplicates/dataset-files.ts';
import { ImageType } from '../images/image.type.ts';

@ObjectType('DuplicateImage', { description: 'An image of a group of duplicates.' })
export class DuplicateImageType {
  @Field(() => ImageType)
  image!: ImageType;

  @Field(() => Int, {
    description:
      "The number of bits in which its perceptual hash differs from that of the group's oldest image.",
  })
  distance!: number;

  @Field(() => Boolean, { description: "Whether it has the same bytes as the group's oldest image." })
  sameBytes!: boolean;
}

@ObjectType('DuplicateImageConnection', { description: 'A page of the images of a group.' })
export class DuplicateImageConnection extends Connection(DuplicateImageType, 'DuplicateImage') {}

@ObjectType('DuplicateGroup', { description: 'Two or more images that are identical or look the same.' })
export class DuplicateGroupType {
  @Field(() => Int, { description: 'The number of images.' })
  size!: number;

  @Field(() => Boolean, { description: 'Whether all have the same bytes.' })
  exact!: boolean;

  /** In ascending order of id; the API resolves them to `images`. */
  members!: readonly DuplicateMember[];
}

@ObjectType('DuplicateGroupConnection', { description: 'A page of groups of duplicates.' })
export class DuplicateGroupConnection extends Connection(DuplicateGroupType, 'DuplicateGroup') {}

export function toDuplicateGroupType({ members, exact }: DuplicateGroup): DuplicateGroupType {
  return { size: members.length, exact, members };
}
