import { Injectable, Logger } from '@nestjs/common';
import type { Insertable, Kysely } from 'kysely';
import { messageOf } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import { EmbeddingsConfig } from '../embeddings.config.ts';
import type { EmbeddingsTables } from '../embeddings.tables.ts';
import { networkIdentity } from '../models/model-identity.ts';
import { FeatureExtractors, type FeatureExtractor, type Pixels } from './feature-extractor.port.ts';
import { Machine } from './machine.ts';
import {
  BATCHES,
  bestPlan,
  usualPlan,
  shapesToTry,
  type MeasuredPlan,
  type SessionPlan,
} from './session-plan.ts';
import { measureThroughput, trialPictures } from './throughput.ts';

/** A trial that other work disturbed must not count for ever. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;
/** Larger batches are no longer tried after this many in a row gained nothing. */
const PATIENCE = 2;

/**
 * Decides how networks run on this machine. A trial of about half a second per network finds the fastest
 * plan, which is kept in the database for a week. Whatever the configuration prescribes is not tried.
 */
@Injectable()
export class SessionPlans {
  /** For all measurements in one trial; loading the network takes extra time. */
  protected readonly trialMs: number = 350;

  private readonly logger = new Logger('Embeddings');
  private readonly db: Kysely<EmbeddingsTables>;
  /** Zeros are left open. */
  private readonly wanted: SessionPlan;
  private readonly providers: readonly string[];

  constructor(
    database: Database,
    private readonly extractors: FeatureExtractors,
    private readonly machine: Machine,
    { EMBEDDING_SESSIONS, EMBEDDING_THREADS, EMBEDDING_BATCH, EMBEDDING_PROVIDERS }: EmbeddingsConfig,
  ) {
    this.db = database.tables<EmbeddingsTables>();
    this.wanted = { sessions: EMBEDDING_SESSIONS, threads: EMBEDDING_THREADS, batch: EMBEDDING_BATCH };
    this.providers = EMBEDDING_PROVIDERS;
  }

  /**
   * The plan for one network. TensorFlow.js takes longer to load than a trial may last, so its adapter
   * fills in what is left open (zeros). Rejects if the network cannot be loaded.
   */
  async planFor(manifest: ModelManifest, modelsDir: string): Promise<SessionPlan> {
    const { wanted } = this;
    if (manifest.format !== 'onnx') return wanted;
    if (wanted.sessions > 0 && wanted.threads > 0 && wanted.batch > 0) return wanted;
    const machine = this.machineName();
    const network = networkIdentity(manifest).key;
    const kept = await this.db
      .selectFrom('session_plans')
      .select(['sessions', 'threads', 'batch'])
      .where('machine', '=', machine)
      .where('network', '=', network)
      .where('measured_at', '>', Date.now() - KEPT_MS)
      .executeTakeFirst();
    if (kept !== undefined) return kept;

    const usual = usualPlan(wanted, this.machine.cores);
    const best = bestPlan(await this.measurePlans(manifest, modelsDir), usual);
    const plan = best?.plan ?? usual;
    this.logger.debug(
      `${network} runs in ${plan.sessions} session(s) × ${plan.threads} thread(s), batches of up to ${plan.batch}` +
        (best === undefined ? '' : `: ${best.rate.toFixed(0)} pictures/s in a trial`),
    );
    await this.keepPlan({ machine, network }, { ...plan, rate: best?.rate ?? 0, measured_at: Date.now() });
    return plan;
  }

  /** A plan that cannot be kept, for example on a full disk, still serves this process. */
  private async keepPlan(
    of: Pick<Insertable<EmbeddingsTables['session_plans']>, 'machine' | 'network'>,
    found: Omit<Insertable<EmbeddingsTables['session_plans']>, 'machine' | 'network'>,
  ): Promise<void> {
    try {
      await this.db
        .insertInto('session_plans')
        .values({ ...of, ...found })
        .onConflict((conflict) => conflict.columns(['machine', 'network']).doUpdateSet(found))
        .execute();
    } catch (error) {
      this.logger.warn(
        `The plan for ${of.network} was not kept, so the next start measures again: ${messageOf(error)}`,
      );
    }
  }

  private async measurePlans(manifest: ModelManifest, modelsDir: string): Promise<MeasuredPlan[]> {
    const shapes = shapesToTry(this.wanted, this.machine.cores);
    const batches: readonly number[] = this.wanted.batch > 0 ? [this.wanted.batch] : BATCHES;
    const largest = Math.max(...batches);
    const pictures = trialPictures(manifest, largest);
    const measured: MeasuredPlan[] = [];
    for (const shape of shapes) {
      const share = this.trialMs / shapes.length;
      const plan = { ...shape, batch: largest };
      const extractor = await this.extractors.makeExtractor(manifest, modelsDir, plan);
      try {
        await extractor.loadNetwork();
        measured.push(...(await measureBatches(extractor, shape, batches, pictures, share)));
      } finally {
        await extractor.close();
      }
    }
    return measured;
  }

  /** Everything that the best plan depends on, except for the network. */
  private machineName(): string {
    const { sessions, threads, batch } = this.wanted;
    const fixed = sessions + threads + batch === 0 ? '' : `; fixed ${sessions}/${threads}/${batch}`;
    // Unchanged for the CPU alone, so that its plans of former versions remain known.
    const providers = this.providers.join() === 'cpu' ? '' : `; ${this.providers.join()}`;
    return `${this.machine.processor} × ${this.machine.cores}${fixed}${providers}`;
  }
}

/** Tries larger and larger batches until they gain nothing or the next would take too long. */
async function measureBatches(
  extractor: FeatureExtractor,
  shape: Pick<SessionPlan, 'sessions' | 'threads'>,
  batches: readonly number[],
  pictures: readonly Pixels[],
  share: number,
): Promise<MeasuredPlan[]> {
  const endsAt = performance.now() + share;
  const milliseconds = share / batches.length;
  const measured: MeasuredPlan[] = [];
  let fastest = 0;
  let inVain = 0;
  for (const batch of batches) {
    const expectedMs = fastest === 0 ? 0 : (shape.sessions * batch * 1000) / fastest;
    if (inVain === PATIENCE || performance.now() + expectedMs > endsAt) break;
    const rate = await measureThroughput(extractor, pictures, { lanes: shape.sessions, batch, milliseconds });
    measured.push({ plan: { ...shape, batch }, rate });
    inVain = rate > fastest ? 0 : inVain + 1;
    fastest = Math.max(fastest, rate);
  }
  return measured;
}
