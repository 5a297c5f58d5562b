import { drawSideBySide } from '../../../common/index.ts';
import { externalIdNotFound, type Dataset, type Image } from '../../../datasets/index.ts';
import type { ExplainedPicture, Explanation, SearchBy } from '../../../search/index.ts';
import { nothingToExplain } from '../../cli.errors.ts';
import type { Apps } from '../../open-apps.ts';
import { assertWritable, writeWhole } from '../../write-file.ts';
import { queriesOf } from '../search/queries.ts';
import type { ExplainOptions } from './explain-options.ts';
import { explanationAsText } from './explanation-text.ts';

/** Explains why a hit is like a picture, and prints how the score is divided. */
export async function explainFor(
  apps: Apps,
  name: string,
  picture: string | undefined,
  options: ExplainOptions,
): Promise<void> {
  const { image, id, webp, json, region } = options;
  if (webp !== undefined) await assertWritable(webp);
  const dataset = await apps.datasets.resolve(name);
  const [query] = queriesOf(apps, dataset, {
    pictures: picture === undefined ? [] : [picture],
    externalIds: image === undefined ? [] : [image],
    ids: id === undefined ? [] : [id],
    texts: [],
  });
  const by: SearchBy = { ...(await query!.open()).by, region };
  const hit = await hitOf(apps, dataset, by, options);
  const explanation = await apps.explanations.explain({ by, imageId: hit.id });
  if (webp !== undefined) await writeWhole(webp, await sideBySide(apps, explanation));
  process.stdout.write(
    json
      ? explanationAsJson(query!.name, hit, explanation)
      : explanationAsText(query!.name, hit, explanation),
  );
}

async function hitOf(
  apps: Apps,
  dataset: Dataset,
  by: SearchBy,
  { hit, hitId }: ExplainOptions,
): Promise<Image> {
  if (hitId !== undefined) return apps.images.resolve({ id: hitId });
  if (hit !== undefined) {
    const found = await apps.images.findByExternalId(dataset.id, hit);
    if (found === undefined) throw externalIdNotFound(dataset.name, hit);
    return found;
  }
  const [best] = (await apps.search.similarImages({ by, datasetIds: [dataset.id], k: 1 })).hits;
  if (best === undefined) throw nothingToExplain(dataset.name);
  return best.image;
}

async function sideBySide({ explanations }: Apps, { query, hit }: Explanation): Promise<Buffer> {
  const [left, right] = await Promise.all([query, hit].map((one) => explanations.drawHeatMap(one)));
  return drawSideBySide(left!, right!);
}

function explanationAsJson(query: string, { id, externalId }: Image, explanation: Explanation): string {
  const object = {
    query,
    hit: { imageId: String(id), externalId },
    model: explanation.model.key,
    score: explanation.score,
    queryGrid: gridOf(explanation.query),
    hitGrid: gridOf(explanation.hit),
  };
  return `${JSON.stringify(object)}\n`;
}

function gridOf({ grid: { rows, columns, values, region } }: ExplainedPicture) {
  return { rows, columns, values: [...values], region };
}
