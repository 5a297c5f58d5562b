import { nearNames } from '../../common/index.ts';
import type { NetworkInspection, NetworkOptions } from './assessed-network.ts';
import { shapeText } from './onnx/tensor-info.ts';
import { RECIPES, type Recipe } from './recipes.ts';
import { modelRecipeUnfit, recipeUnknown } from './registry.errors.ts';

/** Throws `RECIPE_UNKNOWN`. */
export function recipeNamed(name: string): Recipe {
  const recipe = RECIPES.find((one) => one.name === name.toLowerCase());
  if (recipe !== undefined) return recipe;
  const names = RECIPES.map((one) => one.name);
  throw recipeUnknown(name, names, nearNames(name, names));
}

/**
 * The options for a network of this recipe: those of the recipe, except where the user has given others. Throws
 * `MODEL_RECIPE_UNFIT` if the input of the network or the names of its outputs are not those of the recipe.
 */
export function recipeOptions(
  recipe: Recipe,
  inspection: NetworkInspection,
  given: NetworkOptions,
): NetworkOptions {
  const { fit, interpolation, dimension } = recipe;
  const options = withoutUndefined(given);
  const normalisation =
    options.mean === undefined && options.std === undefined
      ? { mean: recipe.mean, std: recipe.std, scale: 1 as const }
      : {};
  const { size = recipe.size } = options;
  // Another fit makes the recipe's length of the shorter side meaningless.
  const resize =
    options.fit === undefined ? { resize: Math.round((recipe.resize * size) / recipe.size) } : {};
  assertInputFits(recipe, inspection, options);
  return {
    ...{ size, layout: 'NCHW', fit, interpolation, dimension },
    ...{ ...resize, ...normalisation, output: options.output ?? outputOfRecipe(recipe, inspection) },
    ...options,
  };
}

/** The shape is that of one picture. Throws `MODEL_RECIPE_UNFIT`. */
export function assertOutputFits(
  { name, features, dimension }: Recipe,
  output: string,
  shape: readonly number[],
  given: NetworkOptions,
): void {
  if (given.output !== undefined) return;
  const length = given.dimension ?? dimension;
  const expected = features === 'vector' ? `[N, ${length}]` : `[N, ${length}], or tokens [N, T, ${length}]`;
  const ranks = features === 'vector' ? [2] : [2, 3];
  if (!ranks.includes(shape.length) || shape.at(-1) !== length) {
    throw modelRecipeUnfit(name, `the output "${output}"`, expected, shapeText(['N', ...shape.slice(1)]));
  }
}

function assertInputFits(
  { name, size }: Recipe,
  { inputs }: NetworkInspection,
  { size: givenSize = size, layout = 'NCHW' }: NetworkOptions,
): void {
  const sides = layout === 'NCHW' ? [3, givenSize, givenSize] : [givenSize, givenSize, 3];
  const expected = `one input float32 ${shapeText(['N', ...sides])}`;
  const [input] = inputs;
  const fits =
    inputs.length === 1 &&
    input?.type === 'float32' &&
    input.shape?.length === 4 &&
    input.shape.slice(1).every((side, at) => typeof side === 'string' || side === sides[at]);
  if (fits) return;
  const found = inputs.map((one) => `"${one.name}" ${one.type} ${shapeText(one.shape)}`).join(', ');
  throw modelRecipeUnfit(name, 'the input', expected, found === '' ? 'none' : found);
}

function outputOfRecipe({ name, outputs }: Recipe, inspection: NetworkInspection): string {
  const names = inspection.outputs.map((output) => output.name);
  const known = outputs.find((output) => names.includes(output));
  const [only, ...others] = names;
  if (known !== undefined) return known;
  if (only !== undefined && others.length === 0) return only;
  const expected = [...outputs.map((output) => `"${output}"`), 'a single output'].join(' or ');
  throw modelRecipeUnfit(name, 'the outputs', expected, names.join(', '));
}

function withoutUndefined(options: NetworkOptions): NetworkOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
