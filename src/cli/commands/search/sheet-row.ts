import { AppError } from '../../../common/app-error.ts';
import type { Relation } from '../../../datasets/index.ts';
import type { SimilarImageHit } from '../../../search/index.ts';
import type { Apps } from '../../open-apps.ts';
import { counted } from '../../terminal/counted.ts';
import type { SheetPicture, SheetRow } from './contact-sheet.ts';
import { confidenceText, namesOf, relationWords, type Answer } from './hits.ts';
import type { OpenedQuery } from './queries.ts';

/** The longer side of thumbnails, in pixels. */
const SIDE = 256;

/** What a contact sheet shows of a search. */
export async function sheetRow(
  apps: Apps,
  { query, hits, relations }: Answer,
  { read }: OpenedQuery,
): Promise<SheetRow> {
  return {
    query: {
      thumbnail: read && (await apps.imageCheck.thumbnail(await read(), SIDE)),
      title: query,
      notes: [],
    },
    hits: await Promise.all(hits.map((hit, at) => pictureOf(apps, hit, relations[at]!))),
  };
}

async function pictureOf(apps: Apps, hit: SimilarImageHit, relation: Relation): Promise<SheetPicture> {
  const { rank, score, confidence, image, duplicateIds } = hit;
  const likely = confidence === null ? '' : `, confidence ${confidenceText(confidence)}`;
  const duplicates =
    duplicateIds.length === 0 ? [] : [`${counted(duplicateIds.length, 'duplicate')} left out`];
  return {
    thumbnail: await thumbnailOf(apps, image.sha256),
    title: `${rank}. ${image.fileName}`,
    notes: [`${score.toFixed(4)}${likely}`, relationWords(relation), namesOf(image), ...duplicates].filter(
      (note) => note !== '',
    ),
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
