import {
  TypeInfo,
  ValidationContext,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import Upload from 'graphql-upload/Upload.mjs';

/**
 * Whether some uploaded file would be read more than once: because several places of the variables
 * hold it, or because a variable that holds one is used several times. A small request could cost
 * any amount of work that way.
 */
export function reusesUpload(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): boolean {
  const holders = new Set<string>();
  const seen = new Set<Upload>();
  for (const [name, value] of Object.entries(variables)) {
    for (const upload of uploadsIn(value)) {
      if (seen.has(upload)) return true;
      seen.add(upload);
      holders.add(name);
    }
  }
  if (holders.size === 0) return false;
  const context = new ValidationContext(schema, document, new TypeInfo(schema), () => undefined);
  return context.getRecursiveVariableUsages(operation).some(({ node }) => {
    const { value: name } = node.name;
    // The first use takes the name out; another one then finds that it is gone.
    return holders.has(name) && !holders.delete(name);
  });
}

/** Not by recursion: a client decides how deep its variables are. */
function* uploadsIn(variable: unknown): Generator<Upload> {
  const left: unknown[] = [variable];
  while (left.length > 0) {
    const next = left.pop();
    if (next instanceof Upload) yield next;
    // Lists may have holes, billions of them.
    else if (typeof next === 'object' && next !== null) {
      for (const value of Object.values(next)) left.push(value);
    }
  }
}
