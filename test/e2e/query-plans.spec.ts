import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jpegOf } from '../fixtures/pictures.ts';
import { PreparedStatements, QueryPlans } from '../fixtures/query-plans.ts';
import { everythingOf, SchemaCoverage } from '../fixtures/schema-coverage.ts';
import { Service } from './service.ts';

const schema = buildSchema(await readFile(new URL('../../schema.gql', import.meta.url), 'utf8'));
const all = (type: string) => everythingOf(schema, type);
const cursor = (text: string) => JSON.stringify(Buffer.from(text).toString('base64url'));
/** Pages from both ends, and what lies between two cursors. */
const PAGES = ['first: 2', 'last: 2', `after: ${cursor('id:1')}`, `last: 2, before: ${cursor('id:4')}`];

const FILTERS = [
  '{ labels: ["shoe"] }',
  '{ labels: ["shoe", "hat"] }',
  '{ attribute: { name: "price", gte: 1, lt: 50 } }',
  '{ attribute: { name: "brand", eq: "Acme" } }',
  '{ attribute: { name: "brand", in: ["Acme", "Other"] } }',
  '{ attribute: { name: "brand", exists: true } }',
  '{ and: [{ labels: ["shoe"] }, { attribute: { name: "price", lt: 50 } }] }',
  '{ or: [{ labels: ["hat"] }, { attribute: { name: "price", lt: 2 } }] }',
  '{ not: { labels: ["hat"] } }',
];

const pagesOf = (field: string, args: string, type: string) =>
  PAGES.map((page) => `{ ${field}(${[args, page].filter(Boolean).join(', ')}) ${all(type)} }`);
const item = (at: number) => `{ dataset: "shop", externalId: "item-${at}" }`;
const WHOLE = '{ x: 0, y: 0, width: 1, height: 1 }';

/** Together with the mutations below, they ask for every field and argument of the schema. */
const QUERIES = [
  ...pagesOf('datasets', '', 'DatasetConnection'),
  `{ dataset(name: "shop") ${all('Dataset')} }`,
  `{ dataset(id: "shop") { attributes { commonValues(first: 3) { value count } } map { outliers(first: 1) { score } } } }`,
  ...['KEY', 'IMAGE_COUNT'].flatMap((order) =>
    [
      'first: 1',
      'last: 1',
      `after: ${cursor('label:1:hat')}`,
      `last: 1, before: ${cursor('label:1:hat')}`,
    ].map(
      (page) => `{ dataset(name: "shop") { labels(orderBy: ${order}, ${page}) ${all('LabelConnection')} } }`,
    ),
  ),
  `{ dataset(name: "shop") { labels(contains: "o", keys: ["shoe", "hat"]) ${all('LabelConnection')} } }`,
  ...pagesOf('images', 'dataset: "shop"', 'ImageConnection'),
  ...FILTERS.flatMap((filter) => pagesOf('images', `dataset: "shop", filter: ${filter}`, 'ImageConnection')),
  `{ image(dataset: "shop", externalId: "item-1") ${all('Image')} }`,
  '{ image(id: "Image:1") { attributes(names: ["price"]) { value } thumbnailUrl(width: 256) } }',
  ...['Dataset:1', 'Image:1', 'Job:1'].map((id) => `{ node(id: "${id}") ${all('Node')} }`),
  ...pagesOf('jobs', '', 'JobConnection'),
  ...pagesOf('jobs', 'state: SUCCEEDED', 'JobConnection'),
  `{ job(id: "Job:1") ${all('Job')} }`,
  ...PAGES.map((page) => `{ job(id: "Job:1") { failures(${page}) ${all('ItemFailureConnection')} } }`),
  ...pagesOf('downloads', 'dataset: "shop"', 'DownloadConnection'),
  ...pagesOf('downloads', 'dataset: "shop", state: FAILED', 'DownloadConnection'),
  ...pagesOf('downloads', 'dataset: "shop", reasons: ["URL_SCHEME"]', 'DownloadConnection'),
  `{ downloadReport(dataset: "shop") ${all('DownloadCount')} }`,
  ...pagesOf('duplicates', 'dataset: "shop", maxDistance: 4', 'DuplicateGroupConnection'),
  ...PAGES.map(
    (page) =>
      `{ duplicates(dataset: "shop") { nodes { images(${page}) ${all('DuplicateImageConnection')} } } }`,
  ),
  `{ duplicates(dataset: "shop", exact: true) { totalCount } }`,
  `{ duplicates(dataset: "shop", filter: ${FILTERS[0]}) { totalCount } }`,
  ...pagesOf('decidedDuplicates', 'dataset: "shop"', 'DecidedPairConnection'),
  `{ embeddingModels ${all('EmbeddingModel')} }`,
  `{ embedding(by: { image: ${item(1)} }, dataset: "shop", region: ${WHOLE}) ${all('Embedding')} }`,
  `{ explain(by: { image: ${item(1)} }, region: ${WHOLE}, image: ${item(2)}) ${all('Explanation')} }`,
  `{ explain(by: { image: ${item(1)} }, image: ${item(2)}) { hit { heatMapUrl(overlay: true) } } }`,
  ...[undefined, FILTERS[0]].map(
    (filter) => `{ imageFacets(dataset: "shop"${filter === undefined ? '' : `, filter: ${filter}`},
      facets: [{ labels: true }, { attribute: "brand" }, { attribute: "price" }]) ${all('SearchFacet')} }`,
  ),
  `{ similarImages(by: { image: ${item(1)} }, datasets: ["shop"], collapseDuplicates: true, region: ${WHOLE},
    minScore: -1, first: 1, facets: [{ labels: true }], filter: ${FILTERS[0]}) ${all('SimilarImages')} }`,
  `{ similarImages(by: { image: ${item(2)} }, first: 2, groupBy: { attribute: "brand" }) ${all('SimilarImages')} }`,
  '{ similarImages(by: { image: { dataset: "shop", externalId: "item-2" } }) { nodes { image { id } } } }',
  `{ similarImagesBatch(searches: [{ by: { image: ${item(1)} } }]) ${all('SimilarImagesResult')} }`,
  `{ evaluation(dataset: "shop", k: 1, queries: 2) ${all('Evaluation')} }`,
  ...pagesOf('feedback', 'dataset: "shop"', 'FeedbackConnection'),
  `{ feedbackEvaluation(dataset: "shop", k: 1) ${all('FeedbackEvaluation')} }`,
  ...pagesOf('suspectLabels', 'dataset: "shop"', 'SuspectLabelConnection'),
  ...pagesOf('sources', '', 'SourceConnection'),
  ...pagesOf('sources', 'dataset: "kept"', 'SourceConnection'),
  `{ source(name: "kept") ${all('Source')} }`,
];

/** Requests that so small a catalogue refuses; what they read before is collected nevertheless. */
const REFUSED = [
  `{ similarImages(by: { image: ${item(1)} }, minConfidence: 0.5) { exact } }`,
  `{ similarImages(by: { image: ${item(1)} }, after: "${Buffer.from('none').toString('base64url')}") { exact } }`,
];

/** What may read rows in proportion to a table, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'scan datasets': 'there are few datasets: they are counted, and names are read to suggest near ones',
  'scan jobs': 'jobs are counted if a client asks for their total; they do not grow with images',
  'scan dataset_indexes': 'one row per dataset and model',
  'scan query_pictures': 'bounded by the space that they may take',
  'scan stages': 'bounded in number',
  'scan installation': 'one row',
  'scan kept_sources': 'at most 1,000',
  'scan session_plans': 'one row per model and machine',
  'scan precision_choices': 'one row per model and machine',
  'scan vector_indexes': 'one row per index',
  'scan projections': 'one row per dataset and networks',
  'all of projections': 'one row per networks',
  'all of labels': 'the labels of a dataset, when all are asked for',
  'all of attributes': 'at most 64 per dataset',
  'all of dataset_indexes': 'one row per model',
  'all of download_counts': 'one row per host and reason',
  'all of job_failure_counts': 'one row per reason',
  'all of sync_results': 'one row per synchronisation of a dataset',
  'all of jobs': 'the active jobs, or the number of those in one state',
  'all of duplicate_decisions':
    'the pairs that people have decided about, which the search for duplicates needs',
  'all of dataset_index_written_changes': 'the changes that an index has ahead of its checkpoint',
  'all of dataset_index_failures': 'the images that an index lacks',
  'all of feedback': 'verdicts are counted if a client asks for their total; they do not grow with images',
  'all of image_labels': 'facets count all images, as do filters that several lists select',
  'all of image_attributes': 'facets of a filter count images that have the attribute',
};

/** Statements that may read rows in proportion to a table which grows with the images, and why. */
const STATEMENTS: readonly (readonly [read: string, sql: RegExp, reason: string])[] = [
  ['all of images', /^insert into "datasets"/, 'only a replaced row would be looked for'],
  ['all of images', /^delete from "datasets"/, 'the foreign key finds none: all images are deleted before'],
  ['all of images', /^select count\(\*\) as images/, 'the total of a filter that is not one list'],
  ['all of job_failures', /^insert into "jobs"/, 'only a replaced row would be looked for'],
  ['all of job_failures', /^delete from "job_failures"/, 'a job that runs again forgets its failures'],
  ['all of image_changes', /^delete from "image_changes"/, 'slices have been deleted before'],
  ['all of file_checks', /^insert into "datasets"/, 'only a replaced row would be looked for'],
  ['all of file_checks', /^delete from "datasets"/, 'slices have been deleted before'],
  ['all of downloads', /^delete from "downloads"/, 'slices have been deleted before'],
  [
    'all of downloads',
    /with repeated as materialized/,
    'looks for repeated bodies once at the end of an import',
  ],
  ['all of downloads', /state" = 'FAILED'/, 'an index has failed downloads only'],
  ['all of vector_removals', /vector_removals/, 'what was removed since the last build of a graph'],
  ['scan vector_entries', /^select distinct "index_id"/, 'looks for entries without an index at the start'],
  ['scan discarded_files', /limit \?$/, 'a slice of them in any order'],
  ['sort image_labels', /union select/, 'each of several lists is limited; their first ids are sorted'],
  ['sort image_labels', /^\s*select key, name, count/, 'facets of a filter count the images that it selects'],
  [
    'sort image_labels',
    /as images from image_attributes/,
    'facets of a filter count the images that it selects',
  ],
  ['sort image_attributes', /./, 'ranges have no order of ids; values are counted'],
  ['sort job_failure_counts', /./, 'one row per reason'],
  ['sort labels', /^\s*select key, name/, 'the commonest of all labels'],
];

function isAccepted(read: string, sql: string): boolean {
  return (
    Object.hasOwn(EXCEPTIONS, read) || STATEMENTS.some(([what, which]) => what === read && which.test(sql))
  );
}

describe('the plans of all statements', () => {
  let folder: string;
  let service: Service;
  let statements: PreparedStatements;
  const coverage = new SchemaCoverage(schema);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-plans-'));
    await mkdir(join(folder, 'shoe'));
    await writeFile(join(folder, 'shoe', 'kept.jpg'), await jpegOf(8));
    service = await Service.start({
      IMPORT_ROOTS: folder,
      DOWNLOAD_ATTEMPTS: '1',
      QUERY_MAX_ALIASES: '1000',
      QUERY_MAX_DEPTH: '20',
      QUERY_MAX_TOKENS: '10000',
      QUERY_MAX_COST: '1000000',
    });
    // Not of migrations, which run once.
    statements = new PreparedStatements();
    const ids: string[] = [];
    await send(`mutation { createDataset(name: "shop") ${all('Dataset')} }`);
    const images = Array.from({ length: 5 }, (_, at) => ({
      externalId: `item-${at}`,
      labels: [at % 2 === 0 ? 'shoe' : 'hat'],
      attributes: [
        { name: 'price', value: at * 10 },
        { name: 'brand', value: 'Acme' },
      ],
    }));
    for (const image of images) {
      const put = `mutation ($images: [PutImageInput!]!) {
        putImages(dataset: "shop", images: $images) ${all('EditImagesPayload')}
      }`;
      coverage.add(put);
      await service.query(
        put,
        { images: [image] },
        { 'variables.images.0.upload': { name: 'a.jpg', bytes: await jpegOf(ids.push(image.externalId)) } },
      );
    }
    await run('mutation { buildIndex(input: { dataset: "shop" }) { id } }', 'buildIndex');
    const csv = 'id,url,label\nx,http://127.0.0.1:9/x.jpg,shoe\ny,http://127.0.0.1:9/y.jpg,hat\n';
    for (const mode of ['ADD', 'SYNC']) {
      await run(
        `mutation ($file: Upload!) {
          importDataset(input: { dataset: "shop", annotations: $file, mode: ${mode} }) { id }
        }`,
        'importDataset',
        { 'variables.file': { name: 'a.csv', bytes: Buffer.from(csv), type: 'text/csv' } },
      );
    }
  }, 300_000);

  afterAll(async () => {
    statements.stop();
    await service.stopAndForget();
    await rm(folder, { recursive: true });
  });

  async function send<Data>(request: string, files: Parameters<Service['query']>[2] = {}): Promise<Data> {
    coverage.add(request);
    return service.query<Data>(request, Object.keys(files).length === 0 ? {} : { file: null }, files);
  }

  async function run(mutation: string, field: string, files: Parameters<Service['query']>[2] = {}) {
    const data = await send<Record<string, { id: string }>>(mutation, files);
    return service.job(data[field]!.id);
  }

  async function runAll(requests: readonly string[]): Promise<void> {
    const failed: object[] = [];
    for (const request of requests) {
      coverage.add(request);
      const { errors } = await service.graphql(request);
      if (errors !== undefined) failed.push({ request: request.slice(0, 200), errors });
    }
    expect(failed).toEqual([]);
  }

  it('read no more as the catalogue grows, but for what is listed with its reason', async () => {
    const file = { name: 'a.jpg', bytes: await jpegOf(9) };
    await run('mutation { buildMap(dataset: "shop") { id } }', 'buildMap');
    const keep = `mutation ($file: Upload!) { addQueryPicture(input: { upload: $file }) ${all('QueryPicture')} }`;
    const { addQueryPicture } = await send<{ addQueryPicture: { id: string } }>(keep, {
      'variables.file': file,
    });
    const judge = (image: number, verdict: string) => `mutation { recordFeedback(input: {
      query: { queryPictureId: "${addQueryPicture.id}" }, image: ${item(image)}, verdict: ${verdict}
    }) ${all('Feedback')} }`;
    await runAll([judge(1, 'RELEVANT'), judge(2, 'NOT_RELEVANT')]);
    const { createStage: stage } = await send<{ createStage: { id: string } }>(
      `mutation { createStage ${all('Stage')} }`,
    );
    await send(
      `mutation ($file: Upload!) {
        stageFiles(stage: "${stage.id}", files: [{ path: "shoe/a.jpg", upload: $file }]) ${all('Stage')}
      }`,
      { 'variables.file': file },
    );
    await runAll([
      `{ stage(id: "${stage.id}") ${all('Stage')} }`,
      `mutation { previewImport(input: { dataset: "shop", stage: "${stage.id}" }) ${all('ImportPreview')} }`,
      `mutation { previewImport(input: { dataset: "shop", stage: "${stage.id}", mode: SYNC }) { images } }`,
      `mutation { discardStage(id: "${stage.id}") }`,
      `{ node(id: "${addQueryPicture.id}") ${all('Node')} }`,
      `mutation { decideDuplicates(input: { images: [${item(1)}, ${item(2)}], decision: NOT_DUPLICATES })
        ${all('DuplicateDecisionPayload')} }`,
    ]);
    const source = `{ name: "kept", schedule: { every: "1d" }, import: { dataset: "kept", directoryPath: "." } }`;
    await runAll([
      `mutation { addSource(input: ${source}) ${all('Source')} }`,
      `mutation { updateSource(name: "kept", input: { watch: false }) ${all('Source')} }`,
      `mutation { previewSource(name: "kept") ${all('ImportPreview')} }`,
    ]);
    const listen = `subscription { jobEnded(dataset: "shop") ${all('Job')} }`;
    coverage.add(listen);
    const endings = service.subscribe(listen, {});
    const listening = endings.next();
    await run('mutation { syncSource(name: "kept", maxDelete: 0.5) { id } }', 'syncSource');
    await run('mutation { verifyDataset(dataset: "shop") { id } }', 'verifyDataset');
    await runAll(QUERIES);
    for (const request of REFUSED) {
      coverage.add(request);
      expect((await service.graphql(request)).errors).toHaveLength(1);
    }
    const { feedback } = await service.query<{ feedback: { nodes: { id: string }[] } }>(
      '{ feedback(dataset: "shop") { nodes { id } } }',
    );
    await runAll(
      [
        `updateImages(dataset: "shop", images: [{ image: ${item(1)}, addLabels: ["new"] }]) ${all('EditImagesPayload')}`,
        `undecideDuplicates(images: [${item(1)}, ${item(2)}]) { pairs }`,
        `deleteFeedback(ids: ["${feedback.nodes[0]?.id}"]) ${all('DeleteFeedbackPayload')}`,
        `deleteImages(images: [${item(3)}]) ${all('DeleteImagesPayload')}`,
        'retryFailedDownloads(dataset: "shop", reasons: ["URL_SCHEME"]) { id }',
        'dropReplacedIndexes(dataset: "shop")',
        'removeSource(name: "kept")',
      ].map((mutation) => `mutation { ${mutation} }`),
    );
    const { buildIndex: job } = await send<{ buildIndex: { id: string } }>(
      `mutation { buildIndex(input: { dataset: "shop", rebuild: true }) ${all('Job')} }`,
    );
    const cancel = `mutation { cancelJob(id: "${job.id}") ${all('Job')} }`;
    coverage.add(cancel);
    // Refused if it has ended already.
    await service.graphql(cancel);
    await service.job(job.id);
    const watch = `subscription ($id: ID!) { jobProgress(id: $id) ${all('Job')} }`;
    coverage.add(watch);
    const events = service.subscribe(watch, { id: 'Job:1' });
    await events.next();
    await events.return(undefined);
    await listening;
    await endings.return(undefined);
    await run('mutation { deleteDataset(dataset: "shop") { id } }', 'deleteDataset');

    expect(coverage.missing()).toEqual([]);
    const sql = statements.sql;
    for (const statistics of [false, true]) {
      const plans = QueryPlans.of(join(service.dataDir, 'lookalike.db'), { statistics });
      const growing = sql.flatMap((statement) =>
        plans
          .growingReads(statement)
          .filter((read) => !isAccepted(read, statement))
          .map((read) => ({ read, statement })),
      );
      plans.close();
      expect({ statistics, growing }).toEqual({ statistics, growing: [] });
    }
    // The hook sees what the service does.
    expect(sql.length).toBeGreaterThan(150);
  }, 300_000);
});
