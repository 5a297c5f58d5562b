import type { Attributes, AttributeValue } from '../../filters/index.ts';

/** The facts of an image at one of the three sides of a comparison. */
export interface Facts {
  readonly labels: readonly string[];
  readonly attributes: Attributes;
}

export interface MergedFacts {
  readonly labels: readonly string[];
  /** New values of attributes, by name; null for those to remove. Only those that change. */
  readonly attributes: Readonly<Record<string, AttributeValue | null>>;
  readonly labelsChanged: boolean;
  readonly attributesChanged: boolean;
  /** Whether an edit by hand was kept against a change of the source. */
  readonly kept: boolean;
}

export interface MergeOptions {
  /** Whether the source wins over edits by hand. */
  readonly overwrite: boolean;
}

/**
 * What an image should be, given what the source says now, what it brought last time (`brought`; undefined if that is
 * not known), and what the image is. What has changed in the source since then is changed in the image, and nothing
 * else: labels and attributes that a person has added, changed or removed stay so. With `overwrite`, the image
 * becomes what the source says, as far as the source has ever said something.
 */
export function mergeFacts(
  source: Facts,
  brought: Facts | undefined,
  image: Facts,
  { overwrite }: MergeOptions,
): MergedFacts {
  const labels = mergeLabels(source.labels, brought?.labels, image.labels, overwrite);
  const { attributes, kept } = mergeAttributes(
    source.attributes,
    brought?.attributes,
    image.attributes,
    overwrite,
  );
  return {
    labels,
    attributes,
    labelsChanged:
      labels.length !== image.labels.length || labels.some((label) => !image.labels.includes(label)),
    attributesChanged: Object.keys(attributes).length > 0,
    kept: kept || labelsKept(source.labels, brought?.labels, labels),
  };
}

function mergeLabels(
  source: readonly string[],
  brought: readonly string[] | undefined,
  image: readonly string[],
  overwrite: boolean,
): string[] {
  const removed = new Set((brought ?? []).filter((label) => !source.includes(label)));
  const added = source.filter((label) => overwrite || brought?.includes(label) !== true);
  return [...new Set([...image.filter((label) => !removed.has(label)), ...added])].sort();
}

/** Whether the image lacks a label that the source has brought before and still has. */
function labelsKept(
  source: readonly string[],
  brought: readonly string[] | undefined,
  merged: readonly string[],
): boolean {
  return source.some((label) => brought?.includes(label) === true && !merged.includes(label));
}

function mergeAttributes(
  source: Attributes,
  brought: Attributes | undefined,
  image: Attributes,
  overwrite: boolean,
): { attributes: Record<string, AttributeValue | null>; kept: boolean } {
  const attributes: Record<string, AttributeValue | null> = {};
  let kept = false;
  for (const name of new Set([...Object.keys(source), ...Object.keys(brought ?? {})])) {
    const wanted = valueOf(source, name);
    const last = brought === undefined ? undefined : valueOf(brought, name);
    const current = valueOf(image, name);
    if (isSame(wanted, current)) continue;
    // What is not known to have been brought is only added.
    const isEdited = brought === undefined ? current !== null : !isSame(last ?? null, current);
    const isNew = brought === undefined || !isSame(wanted, last ?? null);
    if (overwrite || (isNew && !isEdited)) attributes[name] = wanted;
    else kept = true;
  }
  return { attributes, kept };
}

function valueOf(attributes: Attributes, name: string): AttributeValue | null {
  return Object.hasOwn(attributes, name) ? (attributes[name] ?? null) : null;
}

function isSame(one: AttributeValue | null, other: AttributeValue | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
