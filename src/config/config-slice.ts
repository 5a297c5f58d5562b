import { z } from 'zod';

/** What the reference page (docs/configuration.md) says about a setting. */
export interface SettingFacts {
  /** One or two sentences of Markdown, on one line. */
  readonly meaning: string;
  /** The accepted values, in Markdown: `1 to 16`. */
  readonly values: string;
  /** The unit of a number. */
  readonly unit?: Unit;
  /** Shown instead of the default itself, in Markdown, if that depends on the machine or is empty. */
  readonly shownDefault?: string;
}

export type Unit = 'bytes' | 'milliseconds' | 'pixels';

/** Where a slice stands on the reference page. */
export interface SettingGroup {
  /** A heading, such as `Downloads`. */
  readonly title: string;
  /** A paragraph of Markdown above the settings. */
  readonly note?: string;
}

/** The class of one slice of the environment: injected under its own name, read as plain fields. */
export interface ConfigSlice<Shape extends z.ZodRawShape = z.ZodRawShape> {
  new (values: z.infer<z.ZodObject<Shape>>): Readonly<z.infer<z.ZodObject<Shape>>>;
  readonly group: SettingGroup;
  readonly shape: Shape;
}

/** A slice of any shape. */
export interface AnyConfigSlice {
  new (values: never): object;
  readonly group: SettingGroup;
  readonly shape: z.ZodRawShape;
}

const documented = z.registry<SettingFacts>();

/**
 * Makes the base class of a configuration slice from the environment variables it reads.
 *
 * @example
 * export class JobsConfig extends configSlice(
 *   { title: 'Jobs' },
 *   {
 *     JOBS_CONCURRENCY: wholeNumber({
 *       min: 1,
 *       max: 16,
 *       fallback: 2,
 *       meaning: 'The number of jobs that run at the same time.',
 *     }),
 *   },
 * ) {}
 */
export function configSlice<Shape extends z.ZodRawShape>(
  group: SettingGroup,
  shape: Shape,
): ConfigSlice<Shape> {
  return class {
    static readonly group = group;
    static readonly shape = shape;

    constructor(values: object) {
      Object.assign(this, values);
    }
  } as unknown as ConfigSlice<Shape>;
}

/** A setting that none of the functions below describes: any schema of a string that may be missing. */
export function setting<Schema extends z.ZodType>(schema: Schema, facts: SettingFacts): Schema {
  documented.add(schema, facts);
  return schema;
}

/** Throws for a schema that was not made by `setting` or one of the functions below. */
export function factsOf(key: string, schema: z.core.$ZodType): SettingFacts {
  const facts = documented.get(schema);
  if (facts === undefined) throw new Error(`The setting ${key} has no description.`);
  return facts;
}

/**
 * `true`, `1`, `yes` and `on` are true; `false`, `0`, `no`, `off` and the empty string are false. Without a
 * fallback, a setting that is not made is undefined.
 */
export const flag = <Fallback extends boolean | undefined>(options: {
  fallback: Fallback;
  meaning: string;
  shownDefault?: string;
}) => {
  const { fallback, meaning, shownDefault } = options;
  const written = z
    .string()
    .toLowerCase()
    .transform((text, context) => {
      if (['true', '1', 'yes', 'on'].includes(text)) return true;
      if (['false', '0', 'no', 'off', ''].includes(text)) return false;
      context.addIssue({ code: 'custom', message: 'expected true or false' });
      return z.NEVER;
    });
  return setting(
    written.optional().transform((value): boolean | Fallback => value ?? fallback),
    {
      meaning,
      values: '`true` or `false`',
      ...(shownDefault !== undefined && { shownDefault }),
    },
  );
};

/** A whole number within bounds, written in decimal. */
export const wholeNumber = (options: {
  min: number;
  max: number;
  fallback: number;
  meaning: string;
  unit?: Unit;
  shownDefault?: string;
}) => {
  const { min, max, fallback, meaning, unit, shownDefault } = options;
  const expected = `expected a whole number${unit === undefined ? '' : ` of ${unit}`} from ${min} to ${max}`;
  return setting(
    z
      .string()
      .regex(/^\d+$/, expected)
      .transform(Number)
      .refine((value) => value >= min && value <= max, expected)
      .default(fallback),
    {
      meaning,
      values: `${min} to ${max}`,
      ...(unit !== undefined && { unit }),
      ...(shownDefault !== undefined && { shownDefault }),
    },
  );
};

/** One of a few words. */
export const oneOf = <const Word extends string>(
  words: readonly Word[],
  options: { fallback: NoInfer<Word>; meaning: string },
) =>
  setting(
    z.enum(words).default(() => options.fallback as never),
    {
      meaning: options.meaning,
      values: words.map((word) => `\`${word}\``).join(', '),
    },
  );

/** Any text, or none. `values` says in words what is expected. */
export const text = (options: { values: string; meaning: string; shownDefault?: string }) =>
  setting(z.string().optional(), options);

/**
 * The schema of values separated by commas; blanks around them and empty ones are dropped. Refine or
 * transform it as needed and pass the result to `setting`.
 */
export const commaSeparated = () =>
  z
    .string()
    .transform((written) =>
      written
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    )
    .default([]);
