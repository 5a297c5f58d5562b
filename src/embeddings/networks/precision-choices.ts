import type { Kysely } from 'kysely';
import type { Database } from '../../database/index.ts';
import type { EmbeddingsTables } from '../embeddings.tables.ts';
import { variantUnknown } from '../embeddings.errors.ts';
import { ModelCatalogue, variantName } from '../catalogue/model-catalogue.ts';
import type { NetworkIdentity } from '../models/model-identity.ts';
import type { ModelFormat, ModelManifest, Precision } from '../catalogue/model-manifest.ts';
import type { NetworkSpec } from '../models/model-spec.ts';
import type { TrialLog } from './session-plans.ts';

/** int8 loses a little of the features, and must gain at least this much speed for it. */
const INT8_GAIN = 1.15;

/** Pictures a second of each variant, in their order, measured against each other. */
export type MeasureVariants = (variants: readonly ModelManifest[]) => Promise<number[]>;

export interface PrecisionSettings {
  /** Formats that the configured runtime reads, the preferred first. */
  readonly formats: readonly ModelFormat[];
  readonly precision: 'auto' | Precision;
}

/**
 * Which variant of a network new indexes are made with. Between precisions a measured trial decides,
 * once: what was chosen is kept in the database, and so is what an index was built with.
 */
export class PrecisionChoices {
  private readonly db: Kysely<EmbeddingsTables>;
  private readonly catalogue: ModelCatalogue;
  private readonly settings: PrecisionSettings;
  private readonly measure: MeasureVariants;
  private readonly logger: TrialLog;
  private readonly chosen = new Map<string, Precision>();
  private readonly choosing = new Map<string, Promise<ModelManifest>>();

  constructor(
    database: Database,
    catalogue: ModelCatalogue,
    settings: PrecisionSettings,
    measure: MeasureVariants,
    logger: TrialLog,
  ) {
    this.db = database.tables<EmbeddingsTables>();
    this.catalogue = catalogue;
    this.settings = settings;
    this.measure = measure;
    this.logger = logger;
  }

  /**
   * The variant that an index would be made with now: without a trial, so where none was made yet, it
   * may turn out another one. Throws `MODEL_UNKNOWN`.
   */
  current(spec: NetworkSpec): ModelManifest {
    const [first, ...others] = this.candidates(spec);
    const chosen = this.chosen.get(choiceKey(first));
    return [first, ...others].find(({ precision }) => precision === chosen) ?? first;
  }

  /** The variant that an index is made with; chooses where that has not been done yet. Rejects with `MODEL_UNKNOWN`. */
  async decide(spec: NetworkSpec): Promise<ModelManifest> {
    const candidates = this.candidates(spec);
    const [first] = candidates;
    const key = choiceKey(first);
    if (candidates.length > 1 && !this.chosen.has(key)) {
      // Another process on the same data may have chosen.
      await this.reload();
      if (!this.chosen.has(key)) {
        let choosing = this.choosing.get(key);
        if (choosing === undefined) {
          choosing = this.choose(candidates).finally(() => this.choosing.delete(key));
          this.choosing.set(key, choosing);
        }
        await choosing;
      }
    }
    return this.current(spec);
  }

  /** An index was built with this network: its precision is the choice, where none has been made. */
  async adopt({ model, format, precision }: NetworkIdentity): Promise<void> {
    if (this.chosen.has(choiceKey({ id: model, format }))) return;
    await this.keep({ id: model, format, precision }, {});
  }

  /** Reads what was chosen in former runs and by other processes. */
  async reload(): Promise<void> {
    const rows = await this.db.selectFrom('precision_choices').selectAll().execute();
    for (const { network, format, precision } of rows) {
      this.chosen.set(choiceKey({ id: network, format: format as ModelFormat }), precision as Precision);
    }
  }

  /** All that fit what the spec and the configuration fix, in one format: at least one. */
  private candidates({ id, precision }: NetworkSpec): [ModelManifest, ...ModelManifest[]] {
    const { formats, precision: configured } = this.settings;
    // Throws where there is no such network at all.
    this.catalogue.get(id);
    const variants = this.catalogue.variants(id);
    const format = formats.find((each) => variants.some((variant) => variant.format === each));
    const readable = variants.filter((variant) => variant.format === format);
    const wanted = readable.filter((variant) => variant.precision === (precision ?? configured));
    // What the configuration says is meant for networks that there are in several precisions.
    const [first, ...others] = wanted.length > 0 || precision !== undefined ? wanted : readable;
    if (first === undefined) {
      throw variantUnknown(id, { format: formats.join(' or '), precision }, variants.map(variantName));
    }
    return [first, ...others];
  }

  private async choose(candidates: readonly [ModelManifest, ...ModelManifest[]]): Promise<ModelManifest> {
    const rates = await this.measure(candidates);
    const rateOf = (precision: Precision) =>
      rates[candidates.findIndex((candidate) => candidate.precision === precision)] ?? 0;
    const precision = rateOf('int8') >= INT8_GAIN * rateOf('float32') ? 'int8' : 'float32';
    const found = candidates.find((candidate) => candidate.precision === precision) ?? candidates[0];
    const named = candidates.map((candidate, at) => `${candidate.precision} ${(rates[at] ?? 0).toFixed(0)}`);
    this.logger.log(
      `${found.id} is used in ${found.precision} from now on: in a trial, pictures/s a thread were ${named.join(', ')}`,
    );
    await this.keep(
      found,
      Object.fromEntries(candidates.map((each, at) => [each.precision, rates[at] ?? 0])),
    );
    return found;
  }

  /** The first choice stays, whoever made it. */
  private async keep(
    { id, format, precision }: Pick<ModelManifest, 'id' | 'format' | 'precision'>,
    rates: object,
  ): Promise<void> {
    await this.db
      .insertInto('precision_choices')
      .values({ network: id, format, precision, rates: JSON.stringify(rates), chosen_at: Date.now() })
      .onConflict((conflict) => conflict.columns(['network', 'format']).doNothing())
      .execute();
    await this.reload();
  }
}

function choiceKey({ id, format }: Pick<ModelManifest, 'id' | 'format'>): string {
  return `${id} ${format}`;
}
