import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import {
  fileNotFound,
  isSystemError,
  NOT_A_FILE,
  notRegularFile,
  readRegularFile,
} from '../../common/index.ts';
import { getManifest, isSameVariant } from '../catalogue/model-catalogue.ts';
import type { Shard, TextFiles } from '../catalogue/model-files.ts';
import { modelManifest, type ModelManifest } from '../catalogue/model-manifest.ts';
import { ModelLocations } from '../catalogue/model-locations.ts';
import { assessOnnx } from './assess-onnx.ts';
import { TextFeatureExtractors } from '../networks/text-feature-extractor.port.ts';
import { assessText, type TextOptions } from './assess-text.ts';
import { assessTfjs } from './assess-tfjs.ts';
import type { AssessedNetwork, NetworkOptions } from './assessed-network.ts';
import { recipeNamed } from './recipe-fit.ts';
import type { Recipe } from './recipes.ts';
import { modelExists, modelIdInvalid, modelRecipeUnfit, modelTextUnfit } from './registry.errors.ts';
import { samplePictures } from './sample-pictures.ts';
import { formatOf, readModelJson, shardNamesOf } from './tfjs/model-json.ts';
import { NetworkTrials } from './trial/network-trial.port.ts';

export interface AddOptions extends NetworkOptions, TextOptions {
  /** The name of a recipe, from which everything follows that is not given. */
  readonly recipe?: string;
  /** By default that of the recipe, or derived from the name of the file. */
  readonly id?: string;
  readonly revision?: string;
  /** SPDX identifier. */
  readonly licence?: string;
  /** Where the file came from. */
  readonly source?: string;
  /** Path of the ONNX file of the text tower. Needs a tokenizer. */
  readonly text?: string;
  /** Path of the `tokenizer.json` of the text tower. */
  readonly tokenizer?: string;
}

/** A model that is suitable and has run on sample pictures, but is not registered yet. */
export interface Proposal extends Pick<
  AssessedNetwork,
  'bytes' | 'shards' | 'changed' | 'batches' | 'inspection'
> {
  /** Without `file`, `sha256` and `bytes`, which follow from the content. */
  readonly entry: Omit<ModelManifest, 'file' | 'sha256' | 'bytes'>;
  /** If the entry has a text tower. */
  readonly textFiles?: TextFiles;
}

/** Works out how a network must be registered, by inspecting its files and running it. Writes nothing. */
@Injectable()
export class ModelProposer {
  constructor(
    private readonly locations: ModelLocations,
    private readonly trials: NetworkTrials,
    private readonly texts: TextFeatureExtractors,
  ) {}

  /**
   * `path`: an ONNX file, the `model.json` of a TensorFlow.js model, or the folder that contains it.
   *
   * Rejects with `FILE_NOT_FOUND` or `FILE_UNREADABLE`, with `MODEL_EXISTS` if the package contains this very model, or as
   * `assessOnnx` and `assessTfjs` do.
   */
  async proposeFile(path: string, options: AddOptions): Promise<Proposal> {
    const file = (await isFolder(path)) ? join(path, 'model.json') : path;
    const bytes = await readGivenFile(file);
    return file.endsWith('.json')
      ? this.proposeTfjs(bytes, file, options)
      : this.proposeOnnx(bytes, basename(file), options);
  }

  async proposeOnnx(bytes: Buffer, name: string, options: AddOptions): Promise<Proposal> {
    const recipe = options.recipe === undefined ? undefined : recipeNamed(options.recipe);
    const id = idOf(recipe?.name ?? name.replace(/\.onnx$/i, ''), options);
    const assessed = await assessOnnx(bytes, options, this.trials.onnx, samplePictures, recipe);
    const source = `${name} (sha256 ${sha256Of(bytes)})`;
    return this.proposalOf(assessed, { id, format: 'onnx', source }, options, recipe);
  }

  private async proposeTfjs(modelJson: Buffer, file: string, options: AddOptions): Promise<Proposal> {
    if (options.recipe !== undefined) {
      throw modelRecipeUnfit(
        recipeNamed(options.recipe).name,
        'the file',
        'an ONNX file',
        'a TensorFlow.js model',
      );
    }
    const folder = dirname(file);
    const id = idOf(basename(folder), options);
    const json = readModelJson(modelJson);
    const shards: Shard[] = [];
    for (const name of shardNamesOf(json)) {
      shards.push({ name, bytes: await readGivenFile(join(folder, name)) });
    }
    const assessed = await assessTfjs(modelJson, shards, options, this.trials.tfjs, samplePictures);
    const sha256 = sha256Of(modelJson, ...shards.map(({ bytes }) => bytes));
    const source = `${basename(folder)}/${basename(file)} (sha256 ${sha256})`;
    return this.proposalOf(assessed, { id, format: formatOf(json), source }, options);
  }

  private async proposalOf(
    assessed: AssessedNetwork,
    { id, format, source }: Pick<ModelManifest, 'id' | 'format' | 'source'>,
    options: AddOptions,
    recipe?: Recipe,
  ): Promise<Proposal> {
    const { precision, input, output, layer, dimension, preprocessing } = assessed;
    const textFiles = await textFilesOf(options, recipe);
    const text =
      textFiles &&
      (await assessText(textFiles, options, { id, dimension, recipe: recipe?.text }, this.texts));
    const entry: Proposal['entry'] = {
      ...{ id, revision: options.revision ?? '1', precision, format, input, output },
      ...(layer === undefined ? {} : { layer }),
      ...{ dimension, preprocessing, licence: options.licence ?? recipe?.licence ?? 'NOASSERTION' },
      // Another licence has another text.
      ...(recipe !== undefined && options.licence === undefined && { licenceUrl: recipe.licenceUrl }),
      source: options.source ?? source,
      ...(recipe !== undefined && { recipe: recipe.name }),
      ...(text !== undefined && { text }),
    };
    const bundled = await getManifest(this.locations.bundled, 'package');
    if (bundled.some((model) => isSameVariant(model, entry))) throw modelExists(entry, 'bundled');
    return { entry, ...assessed, ...(textFiles !== undefined && { textFiles }) };
  }
}

/** Undefined if there is no text tower. Rejects with `MODEL_TEXT_UNFIT`, or as `readGivenFile` does. */
async function textFilesOf(
  { text, tokenizer }: AddOptions,
  recipe: Recipe | undefined,
): Promise<TextFiles | undefined> {
  if (text === undefined && tokenizer === undefined) return undefined;
  if (text === undefined || tokenizer === undefined) {
    throw modelTextUnfit(
      'the options',
      '--text and --tokenizer',
      text === undefined ? '--tokenizer' : '--text',
    );
  }
  if (recipe !== undefined && recipe.text === undefined) {
    throw modelTextUnfit('the recipe', 'one of a network that was trained with text', recipe.name);
  }
  return { model: await readGivenFile(text), tokenizer: await readGivenFile(tokenizer) };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}

/** Rejects with `FILE_NOT_FOUND` or `FILE_UNREADABLE`. */
async function readGivenFile(path: string): Promise<Buffer> {
  return readRegularFile(path).catch((error: unknown) => {
    if (isSystemError(error, NOT_A_FILE)) throw notRegularFile(path);
    throw isSystemError(error, 'ENOENT', 'ENOTDIR') ? fileNotFound(path) : error;
  });
}

function sha256Of(...parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** The id that was given, or one derived from a name: `DINOv2_small` becomes `dinov2-small`. Throws `MODEL_ID_INVALID`. */
function idOf(name: string, options: Pick<AddOptions, 'id'>): string {
  const derived = name
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .slice(0, 64);
  const id = options.id ?? derived;
  if (!modelManifest.shape.id.safeParse(id).success) throw modelIdInvalid(id);
  return id;
}
