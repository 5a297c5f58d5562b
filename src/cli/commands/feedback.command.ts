import type { Command } from 'commander';
import { addExamples, jsonOption, type CommonOptions } from '../options.ts';
import { counted } from '../terminal/counted.ts';
import { withApps } from '../with-apps.ts';

interface FeedbackOptions extends CommonOptions {
  readonly csv?: boolean;
}

const COLUMNS = ['id', 'query_image', 'query_picture_sha256', 'image', 'verdict', 'client_key', 'judged_at'];

export function addFeedback(program: Command): void {
  const command = program
    .command('feedback')
    .description('List what people have said about hits in a dataset, oldest first.')
    .argument('<dataset>', 'name of the dataset')
    .option('--csv', 'print comma-separated values with a header')
    .addOption(jsonOption('print one JSON object per verdict').conflicts('csv'))
    .action(listFeedback);
  addExamples(command, 'feedback shop', 'feedback shop --csv > feedback.csv');
}

async function listFeedback(name: string, { json, csv }: FeedbackOptions): Promise<void> {
  await withApps(async ({ datasets, feedback }) => {
    const { csvLine } = await import('../../common/index.ts');
    const { id: datasetId } = await datasets.resolve(name);
    if (csv) process.stdout.write(csvLine(COLUMNS));
    let listed = 0;
    for await (const { id, query, queryImage, image, verdict, clientKey, judgedAt } of feedback.all(
      datasetId,
    )) {
      const sha256 = 'pictureSha256' in query ? query.pictureSha256 : null;
      const { region = null } = query;
      const asked = queryImage?.externalId ?? null;
      const at = judgedAt.toISOString();
      listed += 1;
      if (json) {
        const line = {
          id: String(id),
          queryImage: asked,
          queryPictureSha256: sha256,
          region,
          image: image.externalId,
          verdict,
          clientKey,
          judgedAt: at,
        };
        process.stdout.write(`${JSON.stringify(line)}\n`);
      } else if (csv) {
        process.stdout.write(csvLine([id, asked, sha256, image.externalId, verdict, clientKey, at]));
      } else {
        const what = asked ?? `picture ${sha256?.slice(0, 12)}`;
        process.stdout.write(`${at}  ${verdict.padEnd(12)}  ${what}  ${image.externalId}\n`);
      }
    }
    if (!json && !csv) process.stderr.write(`${counted(listed, 'verdict')}\n`);
  });
}
