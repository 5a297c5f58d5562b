import { availableParallelism, cpus } from 'node:os';
import type { Kysely } from 'kysely';
import type { Database } from '../../database/index.ts';
import type { EmbeddingsTables } from '../embeddings.tables.ts';
import { FeatureExtractors } from './feature-extractors.ts';
import { networkIdentity } from '../models/model-identity.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import {
  BATCHES,
  bestPlan,
  usualPlan,
  shapesToTry,
  type Measured,
  type SessionPlan,
} from './session-plan.ts';
import { throughput, trialPictures } from './throughput.ts';

/** Of all measuring in one trial; loading the network comes on top. */
const TRIAL_MS = 700;
/** A trial that other work disturbed must not count for ever. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;
/** No longer batches are tried once this many in a row gained nothing. */
const PATIENCE = 2;

/** What this needs of a logger. */
export interface TrialLog {
  log(message: string): void;
  warn(message: string): void;
}

/**
 * Chooses how the networks run on this machine, by a trial of about a second a network, whose result is
 * kept in the database for a week. What the configuration fixes is not tried.
 */
export class SessionPlans {
  private readonly db: Kysely<EmbeddingsTables>;
  private readonly extractors: FeatureExtractors;
  private readonly wanted: SessionPlan;
  private readonly logger: TrialLog;
  private readonly cores: number;
  private readonly trialMs: number;

  /** `wanted`: zeros are left to the machine. */
  constructor(
    database: Database,
    extractors: FeatureExtractors,
    wanted: SessionPlan,
    logger: TrialLog,
    options: { readonly cores?: number; readonly trialMs?: number } = {},
  ) {
    this.db = database.tables<EmbeddingsTables>();
    this.extractors = extractors;
    this.wanted = wanted;
    this.logger = logger;
    this.cores = options.cores ?? availableParallelism();
    this.trialMs = options.trialMs ?? TRIAL_MS;
  }

  /**
   * The plan of one network. TensorFlow.js loads for longer than a trial may take: of what is left to
   * the machine (zeros) its adapter decides. Rejects where the network cannot be loaded.
   */
  async planFor(manifest: ModelManifest, modelsDir: string): Promise<SessionPlan> {
    const { wanted, cores } = this;
    if (manifest.format !== 'onnx') return wanted;
    if (wanted.sessions > 0 && wanted.threads > 0 && wanted.batch > 0) return wanted;
    const machine = machineName(cores, wanted);
    const network = networkIdentity(manifest).key;
    const kept = await this.db
      .selectFrom('session_plans')
      .select(['sessions', 'threads', 'batch'])
      .where('machine', '=', machine)
      .where('network', '=', network)
      .where('measured_at', '>', Date.now() - KEPT_MS)
      .executeTakeFirst();
    if (kept !== undefined) return kept;

    const usual = usualPlan(wanted, cores);
    const best = bestPlan(await this.measure(manifest, modelsDir), usual);
    const plan = best?.plan ?? usual;
    this.logger.log(
      `${network} runs as ${plan.sessions} session(s) × ${plan.threads} thread(s), batches of up to ${plan.batch}` +
        (best === undefined ? '' : `: ${best.rate.toFixed(0)} pictures/s in a trial`),
    );
    const found = { ...plan, rate: best?.rate ?? 0, measured_at: Date.now() };
    await this.db
      .insertInto('session_plans')
      .values({ machine, network, ...found })
      .onConflict((conflict) => conflict.columns(['machine', 'network']).doUpdateSet(found))
      .execute();
    return plan;
  }

  private async measure(manifest: ModelManifest, modelsDir: string): Promise<Measured[]> {
    const shapes = shapesToTry(this.wanted, this.cores);
    const batches: readonly number[] = this.wanted.batch > 0 ? [this.wanted.batch] : BATCHES;
    const pictures = trialPictures(manifest, batches.at(-1) ?? 1);
    const measured: Measured[] = [];
    for (const shape of shapes) {
      const share = this.trialMs / shapes.length;
      const plan = { ...shape, batch: batches.at(-1) ?? 1 };
      const extractor = await this.extractors.make(manifest, modelsDir, plan);
      try {
        await extractor.open();
        measured.push(...(await this.measureShape(extractor, shape, batches, pictures, share)));
      } finally {
        await extractor.close();
      }
    }
    return measured;
  }

  /** Smaller batches first, until larger ones gain nothing or the next would take too long. */
  private async measureShape(
    extractor: Parameters<typeof throughput>[0],
    shape: Pick<SessionPlan, 'sessions' | 'threads'>,
    batches: readonly number[],
    pictures: Parameters<typeof throughput>[1],
    share: number,
  ): Promise<Measured[]> {
    const endsAt = performance.now() + share;
    const milliseconds = share / batches.length;
    const measured: Measured[] = [];
    let fastest = 0;
    let inVain = 0;
    for (const batch of batches) {
      const aPass = fastest === 0 ? 0 : (shape.sessions * batch * 1000) / fastest;
      if (inVain === PATIENCE || performance.now() + aPass > endsAt) break;
      const rate = await throughput(extractor, pictures, { lanes: shape.sessions, batch, milliseconds });
      measured.push({ plan: { ...shape, batch }, rate });
      inVain = rate > fastest ? 0 : inVain + 1;
      fastest = Math.max(fastest, rate);
    }
    return measured;
  }
}

/** What the best plan depends on, the network apart. */
function machineName(cores: number, { sessions, threads, batch }: SessionPlan): string {
  const fixed = sessions + threads + batch === 0 ? '' : `; fixed ${sessions}/${threads}/${batch}`;
  return `${cpus()[0]?.model ?? 'unknown processor'} × ${cores}${fixed}`;
}
