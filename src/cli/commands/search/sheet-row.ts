import { AppError } from '../../../common/app-error.ts';
import type { SimilarImageHit } from '../../../search/index.ts';
import type { Apps } from '../../open-apps.ts';
import { counted } from '../../terminal/counted.ts';
import type { SheetPicture, SheetRow } from './contact-sheet.ts';
import { namesOf, type Answer, type LabelNames } from './hits.ts';
import type { OpenedQuery } from './queries.ts';

/** The longer side of thumbnails, in pixels. */
const SIDE = 256;

/** What a contact sheet shows of a search. */
export async function sheetRow(
  apps: Apps,
  { query, hits }: Answer,
  { read }: OpenedQuery,
  labelNames: LabelNames,
): Promise<SheetRow> {
  return {
    query: { thumbnail: await apps.imageCheck.thumbnail(await read(), SIDE), title: query, notes: [] },
    hits: await Promise.all(hits.map((hit) => pictureOf(apps, hit, labelNames))),
  };
}

async function pictureOf(apps: Apps, hit: SimilarImageHit, labelNames: LabelNames): Promise<SheetPicture> {
  const { rank, score, image, duplicateIds } = hit;
  const duplicates =
    duplicateIds.length === 0 ? [] : [`${counted(duplicateIds.length, 'duplicate')} left out`];
  return {
    thumbnail: await thumbnailOf(apps, image.sha256),
    title: `${rank}. ${image.fileName}`,
    notes: [score.toFixed(4), namesOf(image, labelNames), ...duplicates].filter((note) => note !== ''),
  };
}

/** Undefined if the image cannot be shown, because it is being deleted or its file is damaged. */
async function thumbnailOf({ thumbnails }: Apps, sha256: string): Promise<Uint8Array | undefined> {
  try {
    return await thumbnails.get(sha256, SIDE);
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}
