import { Field, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { IsEnum, ValidateNested } from 'class-validator';
import { Connection } from '../../../common/index.ts';
import { DuplicateDecision } from '../../duplicates/duplicate-decision.ts';
import { ImageRefInput } from '../images/image-ref.input.ts';
import { ImageType } from '../images/image.type.ts';

registerEnumType(DuplicateDecision, {
  name: 'DuplicateDecision',
  description: 'What is decided about images that look the same. `duplicates` no longer shows them together.',
  valuesMap: {
    NOT_DUPLICATES: {
      description: 'They are different. `collapseDuplicates` no longer takes them for duplicates either.',
    },
    KEEP_ALL: {
      description: 'They are duplicates and shall all stay. `collapseDuplicates` still shows one of them.',
    },
  },
});

@InputType({ description: 'A decision about every pair among these images.' })
export class DecideDuplicatesInput {
  @Field(() => [ImageRefInput], { description: 'Images of one dataset: 2 to 100.' })
  @ValidateNested({ each: true })
  @Type(() => ImageRefInput)
  images!: ImageRefInput[];

  @Field(() => DuplicateDecision)
  @IsEnum(DuplicateDecision)
  decision!: DuplicateDecision;
}

@ObjectType('DuplicateDecisionPayload', { description: 'What became of a decision.' })
export class DuplicateDecisionPayload {
  @Field(() => Int, {
    description: 'The number of pairs that are decided now, or whose decision was taken back.',
  })
  pairs!: number;
}

@ObjectType('DecidedPair', { description: 'Two images that look the same, and what was decided about them.' })
export class DecidedPairType {
  @Field(() => ImageType, { description: 'The older one.' })
  image!: ImageType;

  @Field(() => ImageType)
  other!: ImageType;

  @Field(() => DuplicateDecision)
  decision!: DuplicateDecision;

  @Field(() => Date)
  decidedAt!: Date;
}

@ObjectType('DecidedPairConnection', { description: 'A page of decided pairs.' })
export class DecidedPairConnection extends Connection(DecidedPairType, 'DecidedPair') {}
