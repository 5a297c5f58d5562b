import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../test/fakes/fake.clock.ts';
import { WebhookReceiver } from '../../test/fixtures/webhook-receiver.ts';
import { ConfigModule, ImageLimitsConfig, UploadLimitsConfig } from '../config/index.ts';
import { DatabaseConfig, DatabaseModule } from '../database/index.ts';
import { DatasetsConfig, datasetsMigrations, DatasetsService } from '../datasets/index.ts';
import { DownloadsConfig, S3Config } from '../downloads/index.ts';
import { JobKind, JobQueue, JobsConfig, jobsMigrations } from '../jobs/index.ts';
import { Webhook, WebhooksConfig, WebhooksModule, webhooksMigrations } from './index.ts';
import { keyOf, signedHeaders } from './signature.ts';

const KEY = Buffer.alloc(32, 7);
const SECRET = `whsec_${KEY.toString('base64')}`;
const MINUTE_MS = 60_000;

describe('the signature of a message', () => {
  it('is that of Standard Webhooks', () => {
    // The example of the specification's reference libraries.
    const key = keyOf('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    const at = new Date(1_614_265_330_000);
    const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}', at };
    expect(signedHeaders(key ?? Buffer.alloc(0), message)).toEqual({
      'webhook-id': message.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it.each(['', 'secret', 'whsec_', 'whsec_c2hvcnQ=', `whsec_${'A'.repeat(200)}`, `whsec_${'ä'.repeat(40)}`])(
    'needs a better secret than %j',
    (secret) => {
      expect(keyOf(secret)).toBeUndefined();
    },
  );
});

describe('the webhook', () => {
  let receiver: WebhookReceiver;
  let dataDir: string;
  let module: TestingModule;
  let clock: FakeClock;
  let opened: TestingModule[];

  async function open(settings: Record<string, string> = {}): Promise<TestingModule> {
    const slices = [
      DatabaseConfig,
      DatasetsConfig,
      UploadLimitsConfig,
      ImageLimitsConfig,
      DownloadsConfig,
      S3Config,
      JobsConfig,
      WebhooksConfig,
    ];
    const all = {
      LOOKALIKE_DATA_DIR: dataDir,
      DOWNLOAD_ALLOW_LOOPBACK: 'true',
      DOWNLOAD_PORTS: String(receiver.port),
      WEBHOOK_URL: receiver.url,
      WEBHOOK_SECRET: SECRET,
      ...settings,
    };
    const made = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot(slices, all),
        DatabaseModule.forRoot([jobsMigrations, datasetsMigrations, webhooksMigrations]),
        WebhooksModule,
      ],
    }).compile();
    await made.init();
    made.get(Webhook).now = () => clock.now();
    opened.push(made);
    return made;
  }

  const webhook = () => module.get(Webhook);
  /** Ends a job of a dataset by cancelling it. */
  async function endJob(name = 'shop') {
    const { dataset } = await module.get(DatasetsService, { strict: false }).findOrCreate(name);
    const queue = module.get(JobQueue, { strict: false });
    const { id } = await queue.enqueue({ kind: JobKind.DELETE_DATASET, datasetId: dataset.id, input: {} });
    return queue.cancel(id);
  }

  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
    dataDir = await mkdtemp(join(tmpdir(), 'lookalike-webhook-'));
    clock = new FakeClock();
    opened = [];
    module = await open();
    await endJob();
    await webhook().send();
  });
  afterEach(async () => {
    for (const each of opened) {
      await each.get(Webhook).stop();
      await each.close();
    }
    await receiver.stop();
    await rm(dataDir, { recursive: true });
  });

  it('tells of each job that ends, once, and of none that ended before it was set up', async () => {
    expect(receiver.messages).toEqual([]);
    const job = await endJob();
    await webhook().send();
    await webhook().send();
    expect(receiver.messages).toHaveLength(1);
    const [message] = receiver.messages;
    expect(JSON.parse(message?.body ?? '')).toEqual({
      type: 'job.ended',
      timestamp: job.finishedAt?.toISOString(),
      data: {
        job: expect.objectContaining({
          id: `Job:${job.id}`,
          kind: 'DELETE_DATASET',
          state: 'CANCELLED',
          error: null,
        }),
        dataset: { id: `Dataset:${job.datasetId}`, name: 'shop' },
        syncResult: null,
      },
    });
  });

  it('signs what it sends', async () => {
    await endJob();
    await webhook().send();
    const { headers, body } = receiver.messages[0] ?? { headers: {}, body: '' };
    const signed = [headers['webhook-id'], headers['webhook-timestamp'], body].join('.');
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-timestamp': String(Math.floor(clock.now() / 1_000)),
      'webhook-signature': `v1,${createHmac('sha256', KEY).update(signed).digest('base64')}`,
    });
  });

  it('tries again after failures, later and later, over restarts, with the same id', async () => {
    receiver.statuses = [500, 302, 404, 204];
    await endJob();
    await webhook().send();
    await webhook().send();
    expect(receiver.messages).toHaveLength(1);
    clock.pass(5_000);
    await webhook().send();
    expect(receiver.messages).toHaveLength(2);
    await webhook().stop();
    module = await open();
    clock.pass(30_000);
    await webhook().send();
    clock.pass(MINUTE_MS);
    await webhook().send();
    expect(receiver.messages).toHaveLength(3);
    clock.pass(MINUTE_MS);
    await webhook().send();
    await webhook().send();
    expect(receiver.messages).toHaveLength(4);
    expect(new Set(receiver.messages.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(receiver.messages.map(({ body }) => body)).size).toBe(1);
  });

  it('gives a message up after two days', async () => {
    receiver.statuses = [500];
    await endJob();
    for (let hours = 0; hours < 72; hours += 1) {
      await webhook().send();
      clock.pass(60 * MINUTE_MS);
    }
    expect(receiver.messages).toHaveLength(11);
  });

  it('is sent by one of several processes', async () => {
    await open();
    await endJob();
    await Promise.all(opened.map((each) => each.get(Webhook).send()));
    expect(receiver.messages).toHaveLength(1);
  });

  it('tells of what has ended while no server was running, unless that is old', async () => {
    await webhook().stop();
    await endJob();
    module = await open();
    await webhook().send();
    expect(receiver.messages).toHaveLength(1);
    await endJob();
    clock.pass(72 * 60 * MINUTE_MS);
    await webhook().send();
    expect(receiver.messages).toHaveLength(1);
  });

  it.each<[string, Record<string, string>]>([
    ['no secret', { WEBHOOK_SECRET: '' }],
    ['a weak secret', { WEBHOOK_SECRET: 'whsec_1234' }],
    ['a private address', { WEBHOOK_URL: 'http://10.0.0.1/hook' }],
    ['a port that is not allowed', { DOWNLOAD_PORTS: '443' }],
    ['no URL', { WEBHOOK_URL: 'shop' }],
  ])('is refused at the start with %s, and no secret is printed', async (_what, settings) => {
    const other = await open(settings);
    let message = '';
    try {
      other.get(Webhook).start();
    } catch (error) {
      expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
      message = String(error);
    }
    expect(message).not.toBe('');
    expect(message).not.toContain('1234');
  });

  it('does nothing without a URL', async () => {
    const other = await open({ WEBHOOK_URL: '', WEBHOOK_SECRET: '' });
    other.get(Webhook).start();
    await endJob();
    await other.get(Webhook).send();
    expect(receiver.messages).toEqual([]);
  });
});
