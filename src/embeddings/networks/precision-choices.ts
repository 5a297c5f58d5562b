import { Injectable, Logger } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { messageOf } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
import { ModelCatalogue, variantName } from '../catalogue/model-catalogue.ts';
import type { ModelFormat, ModelManifest, Precision } from '../catalogue/model-manifest.ts';
import { EmbeddingsConfig } from '../embeddings.config.ts';
import { variantUnknown } from '../embeddings.errors.ts';
import type { EmbeddingsTables } from '../embeddings.tables.ts';
import type { NetworkIdentity } from '../models/model-identity.ts';
import type { NetworkSpec } from '../models/model-spec.ts';
import { PrecisionTrial } from './precision-trial.ts';

/** int8 blurs the features a little, so it must be at least this much faster. */
const INT8_GAIN = 1.15;

/** The formats that each runtime reads, in order of preference. */
const FORMATS: Record<EmbeddingsConfig['EMBEDDING_RUNTIME'], readonly ModelFormat[]> = {
  onnxruntime: ['onnx'],
  tfjs: ['tfjs-graph', 'tfjs-layers'],
};

/**
 * Decides which variant of a network new indexes use. If several precisions are available, a
 * measurement decides once. The choice is kept in the database, as is that of existing indexes.
 */
@Injectable()
export class PrecisionChoices {
  private readonly logger = new Logger('Embeddings');
  private readonly db: Kysely<EmbeddingsTables>;
  private readonly formats: readonly ModelFormat[];
  private readonly configured: EmbeddingsConfig['EMBEDDING_PRECISION'];
  private readonly chosen = new Map<string, Precision>();
  private readonly choosing = new Map<string, Promise<void>>();

  constructor(
    database: Database,
    private readonly catalogue: ModelCatalogue,
    private readonly trial: PrecisionTrial,
    { EMBEDDING_RUNTIME, EMBEDDING_PRECISION }: EmbeddingsConfig,
  ) {
    this.db = database.tables<EmbeddingsTables>();
    this.formats = FORMATS[EMBEDDING_RUNTIME];
    this.configured = EMBEDDING_PRECISION;
  }

  /**
   * The variant that a new index would use now. No trial is made, so the choice may still change if
   * none has been made yet. Throws `MODEL_UNKNOWN`.
   */
  currentVariant(spec: NetworkSpec): ModelManifest {
    const [first, ...others] = this.candidates(spec);
    const chosen = this.chosen.get(choiceKey(first));
    return [first, ...others].find(({ precision }) => precision === chosen) ?? first;
  }

  /** The variant that a new index uses, chosen by a trial if necessary. Rejects with `MODEL_UNKNOWN`. */
  async chooseVariant(spec: NetworkSpec): Promise<ModelManifest> {
    const candidates = this.candidates(spec);
    const key = choiceKey(candidates[0]);
    if (candidates.length > 1 && !this.chosen.has(key)) {
      // Another process that shares the database may have chosen already.
      await this.reloadChoices();
      if (!this.chosen.has(key)) {
        let choosing = this.choosing.get(key);
        if (choosing === undefined) {
          choosing = this.chooseByTrial(candidates).finally(() => this.choosing.delete(key));
          this.choosing.set(key, choosing);
        }
        await choosing;
      }
    }
    return this.currentVariant(spec);
  }

  /** Takes the precision of an existing index as the choice, unless one has been made. */
  async adoptPrecision({ model, format, precision }: NetworkIdentity): Promise<void> {
    if (this.chosen.has(choiceKey({ id: model, format }))) return;
    await this.keepChoice({ id: model, format, precision }, {});
  }

  /** Reads the choices made by earlier runs and by other processes. */
  async reloadChoices(): Promise<void> {
    const rows = await this.db.selectFrom('precision_choices').selectAll().execute();
    for (const { network, format, precision } of rows) {
      this.chosen.set(choiceKey({ id: network, format: format as ModelFormat }), precision as Precision);
    }
  }

  /** The variants in one format that fit the spec and the configuration: at least one. */
  private candidates({ id, precision }: NetworkSpec): [ModelManifest, ...ModelManifest[]] {
    const variants = this.catalogue.getVariants(id);
    const format = this.formats.find((each) => variants.some((variant) => variant.format === each));
    const readable = variants.filter((variant) => variant.format === format);
    const wanted = readable.filter((variant) => variant.precision === (precision ?? this.configured));
    // The configured precision only matters for networks that come in more than one.
    const [first, ...others] = wanted.length > 0 || precision !== undefined ? wanted : readable;
    if (first === undefined) {
      throw variantUnknown(id, { format: this.formats.join(' or '), precision }, variants.map(variantName));
    }
    return [first, ...others];
  }

  private async chooseByTrial(candidates: readonly [ModelManifest, ...ModelManifest[]]): Promise<void> {
    const measured = await this.trial.measureVariants(candidates);
    const rates = new Map(candidates.map(({ precision }, at) => [precision, measured[at]]));
    const rateOf = (precision: Precision) => {
      const rate = rates.get(precision);
      if (rate === undefined) throw new Error(`The trial did not measure ${precision}`);
      return rate;
    };
    const precision = rateOf('int8') >= INT8_GAIN * rateOf('float32') ? 'int8' : 'float32';
    const { id, format } = candidates[0];
    const listed = candidates.map((each) => `${each.precision} ${rateOf(each.precision).toFixed(0)}`);
    this.logger.debug(
      `From now on, ${id} is used in ${precision}. Measured pictures per second and thread: ${listed.join(', ')}`,
    );
    await this.keepChoice({ id, format, precision }, Object.fromEntries(rates));
  }

  /**
   * The first choice stands, whichever process made it. One that cannot be kept, for example on a full disk,
   * holds for this process.
   */
  private async keepChoice(
    { id, format, precision }: Pick<ModelManifest, 'id' | 'format' | 'precision'>,
    rates: object,
  ): Promise<void> {
    try {
      await this.db
        .insertInto('precision_choices')
        .values({ network: id, format, precision, rates: JSON.stringify(rates), chosen_at: Date.now() })
        .onConflict((conflict) => conflict.columns(['network', 'format']).doNothing())
        .execute();
    } catch (error) {
      this.chosen.set(choiceKey({ id, format }), precision);
      this.logger.warn(`The precision of ${id} was not kept, so it may change: ${messageOf(error)}`);
    }
    await this.reloadChoices();
  }
}

function choiceKey({ id, format }: Pick<ModelManifest, 'id' | 'format'>): string {
  return `${id} ${format}`;
}
