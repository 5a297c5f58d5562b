import { z } from 'zod';

/** The class of one slice of the environment: injected under its own name, read as plain fields. */
export interface ConfigSlice<Shape extends z.ZodRawShape = z.ZodRawShape> {
  new (values: z.infer<z.ZodObject<Shape>>): Readonly<z.infer<z.ZodObject<Shape>>>;
  readonly shape: Shape;
}

/** A slice of any shape. */
export interface AnyConfigSlice {
  new (values: never): object;
  readonly shape: z.ZodRawShape;
}

/**
 * Makes the base class of a configuration slice from the environment variables it reads.
 *
 *     export class ServerConfig extends configSlice({ PORT: z.coerce.number().default(3000) }) {}
 */
export function configSlice<Shape extends z.ZodRawShape>(shape: Shape): ConfigSlice<Shape> {
  return class {
    static readonly shape = shape;

    constructor(values: object) {
      Object.assign(this, values);
    }
  } as unknown as ConfigSlice<Shape>;
}

/** `true`, `1`, `yes` and `on` are true; `false`, `0`, `no`, `off` and the empty string are false. */
export const flag = (fallback: boolean) =>
  z
    .string()
    .toLowerCase()
    .transform((text, context) => {
      if (['true', '1', 'yes', 'on'].includes(text)) return true;
      if (['false', '0', 'no', 'off', ''].includes(text)) return false;
      context.addIssue({ code: 'custom', message: 'expected true or false' });
      return z.NEVER;
    })
    .default(fallback);

/** A whole number within bounds, written in decimal. */
export const wholeNumber = (bounds: { min: number; max: number; fallback: number }) =>
  z
    .string()
    .regex(/^\d+$/, `expected a whole number from ${bounds.min} to ${bounds.max}`)
    .transform(Number)
    .refine(
      (value) => value >= bounds.min && value <= bounds.max,
      `expected a whole number from ${bounds.min} to ${bounds.max}`,
    )
    .default(bounds.fallback);

/** Values separated by commas; blanks around them and empty ones are dropped. */
export const list = () =>
  z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    )
    .default([]);
