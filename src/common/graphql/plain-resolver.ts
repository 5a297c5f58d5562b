import { PARAM_ARGS_METADATA } from '@nestjs/graphql/dist/graphql.constants.js';

/**
 * Makes Nest call a field resolver as graphql-js does: with the parent, the arguments by name, and the context.
 * Otherwise Nest injects them one by one, through pipes and promises, and again for each image of a page.
 *
 * Belongs above `@ResolveField`. Decorators of parameters then only declare arguments in the schema, and nothing
 * but their GraphQL types checks them.
 */
export const PlainResolver: MethodDecorator = (target, key) => {
  Reflect.deleteMetadata(PARAM_ARGS_METADATA, target.constructor, key);
};
