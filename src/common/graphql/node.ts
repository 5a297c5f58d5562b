import { Field, ID, InterfaceType } from '@nestjs/graphql';
import { typeOfId } from './id.ts';

@InterfaceType({
  description: 'An object that `node` finds by its id.',
  resolveType: ({ id }: Node) => typeOfId(id),
})
export abstract class Node {
  @Field(() => ID, { description: 'Unique among the objects of all types, such as `Image:12`.' })
  id!: string;
}
