import { Kind, type SelectionSetNode, type ValidationContext, type ValidationRule } from 'graphql';

/**
 * Counts the fields at the top of each operation, through fragments; repeated ones count each time.
 * `reject` must throw.
 */
export function maxRootFieldsRule(max: number, reject: () => never): ValidationRule {
  return (context) => ({
    OperationDefinition: {
      enter: ({ selectionSet }) => {
        if (fieldsOf(selectionSet, context, new Map()) > max) reject();
      },
    },
  });
}

/** Each fragment is walked once, however often it is spread; one inside itself counts nothing there. */
function fieldsOf(set: SelectionSetNode, context: ValidationContext, known: Map<string, number>): number {
  let fields = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) fields += 1;
    else if (selection.kind === Kind.INLINE_FRAGMENT)
      fields += fieldsOf(selection.selectionSet, context, known);
    else fields += fieldsOfFragment(selection.name.value, context, known);
  }
  return fields;
}

function fieldsOfFragment(name: string, context: ValidationContext, known: Map<string, number>): number {
  const before = known.get(name);
  if (before !== undefined) return before;
  known.set(name, 0);
  const fragment = context.getFragment(name);
  const fields = fragment == null ? 0 : fieldsOf(fragment.selectionSet, context, known);
  known.set(name, fields);
  return fields;
}
