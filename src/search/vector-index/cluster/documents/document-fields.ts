import { ATTRIBUTE_LIMITS, AttributeType } from '../../../../filters/index.ts';

/** The types of the attributes that an index has fields for, by name. */
export type FieldTypes = Readonly<Record<string, AttributeType>>;

/**
 * An index keeps the fields of attributes that no image has any more. It takes this many altogether, four times
 * what a dataset can have at one time.
 */
export const MOST_ATTRIBUTE_FIELDS = 4 * ATTRIBUTE_LIMITS.perDataset;

/** The longest text that Lucene accepts as one term is 32,766 bytes. In UTF-8, this many characters always fit. */
const LONGEST_TERM = 8_191;

interface Field {
  readonly meta?: { readonly type?: string };
}

/** The fields of a document, apart from the vector. */
export function documentFields(): Record<string, object> {
  return {
    image_name: { type: 'keyword' },
    external_id: { type: 'keyword' },
    labels: { type: 'keyword' },
    label_names: { type: 'keyword', ignore_above: LONGEST_TERM },
    source: { type: 'keyword', ignore_above: LONGEST_TERM },
    attributes: { type: 'object', dynamic: 'strict' },
    // The engines cannot tell an empty list from a missing one, but filters can.
    empty_attributes: { type: 'keyword' },
  };
}

/** The mapping that gives the attributes their fields. */
export function attributeFields(types: FieldTypes): { readonly properties: Record<string, object> } {
  const properties = Object.fromEntries(
    Object.entries(types).map(([name, type]) => [name, attributeField(type)]),
  );
  return { properties: { attributes: { type: 'object', dynamic: 'strict', properties } } };
}

/** Reads the types of the attributes from the mapping of an index. */
export function fieldTypesOf(fields: Readonly<Record<string, Field>> = {}): FieldTypes {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, { meta }]) => {
      const type = Object.values(AttributeType).find((one) => one === meta?.type);
      return type === undefined ? [] : [[name, type]];
    }),
  );
}

function attributeField(type: AttributeType): object {
  // The mapping cannot tell a list of keywords from a single one.
  const meta = { type };
  const keyword = { type: 'keyword', ignore_above: ATTRIBUTE_LIMITS.characters };
  switch (type) {
    case AttributeType.STRING:
      return { ...keyword, meta, fields: { lower: { ...keyword, normalizer: 'lowercase' } } };
    case AttributeType.STRINGS:
      return { ...keyword, meta };
    case AttributeType.NUMBER:
      return { type: 'double', meta };
    case AttributeType.BOOLEAN:
      return { type: 'boolean', meta };
    case AttributeType.DATE:
      return { type: 'date', meta };
  }
}
