import type { AttributeType } from '../../filters/index.ts';

/** A column of annotations that becomes an attribute. */
export interface AttributeColumn {
  readonly name: string;
  readonly column: string;
  /** The type that the attribute has or is created with; inferred if omitted. */
  readonly type?: AttributeType;
}
