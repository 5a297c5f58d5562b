import { client } from '../../api/client.ts';
import { AddQueryPictureDocument } from '../../api/generated/graphql.ts';

/** Networks see a few hundred pixels, so more than this is time on the wire. */
const LONGEST_SIDE = 1_600;
const SMALL_ENOUGH_BYTES = 1_000_000;

/** A picture from a file, or the address of one. */
export type PictureSource = File | string;

/** Sends a picture to the service to search with it. Resolves with its id; rejects with the error of the API. */
export async function addPicture(source: PictureSource): Promise<string> {
  const input = typeof source === 'string' ? { url: source } : { upload: await shrunk(source) };
  const { data } = await client.mutate({ mutation: AddQueryPictureDocument, variables: { input } });
  return data!.addQueryPicture.id;
}

/** A photograph of a phone, made small enough; a file that the browser cannot read stays as it is. */
async function shrunk(file: File): Promise<File> {
  if (file.size <= SMALL_ENOUGH_BYTES) return file;
  const bitmap = await createImageBitmap(file).catch(() => undefined);
  if (bitmap === undefined) return file;
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
  const context = canvas.getContext('2d')!;
  // Transparent pictures are put on white, as the service does.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.92 });
  return new File([blob], file.name.replace(/\.\w+$/, '.jpg'), { type: 'image/jpeg' });
}
