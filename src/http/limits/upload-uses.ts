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
    if (typeof value !== 'object') continue;
    for (const upload of uploadsIn(value)) {
      if (seen.has(upload)) return true;
      seen.add(upload);
      holders.add(name);
    }
  }
  if (holders.size === 0) return false;
  const repeated = repeatedIn.get(operation) ?? repeatedVariables(schema, document, operation);
  repeatedIn.set(operation, repeated);
  return [...holders].some((name) => repeated.has(name));
}

/** The variables that an operation uses several times, while the server remembers its document. */
const repeatedIn = new WeakMap<OperationDefinitionNode, ReadonlySet<string>>();

function repeatedVariables(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Set<string> {
  const context = new ValidationContext(schema, document, new TypeInfo(schema), () => undefined);
  const used = new Set<string>();
  const repeated = new Set<string>();
  for (const { node } of context.getRecursiveVariableUsages(operation)) {
    const name = node.name.value;
    if (used.has(name)) repeated.add(name);
    used.add(name);
  }
  return repeated;
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
