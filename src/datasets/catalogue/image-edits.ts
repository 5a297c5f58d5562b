import type { AppError } from '../../common/index.ts';
import type { GivenAttribute } from '../attributes/given-attributes.ts';
import type { NotSearchable } from './dataset-events.ts';
import type { Image } from './images.ts';

export interface ImageToPut {
  readonly externalId: string;
  readonly bytes: Uint8Array;
  /** The URL that the bytes were downloaded from; null if they were not. */
  readonly sourceUrl?: string | null;
  /** The last part of the URL or of the external id if omitted. */
  readonly fileName?: string | null;
  /** All of its labels. If omitted, an existing image keeps those that it has. */
  readonly labels?: readonly string[];
  /** All of its attributes. If omitted, an existing image keeps those that it has. */
  readonly attributes?: readonly GivenAttribute[];
}

/** Changes labels and attributes; what is omitted stays as it is. */
export interface ImageUpdate {
  readonly imageId: number;
  /** All of its labels, in place of those that it has. */
  readonly labels?: readonly string[];
  readonly addLabels?: readonly string[];
  readonly removeLabels?: readonly string[];
  /** Attributes to set; one without a value is removed. */
  readonly attributes?: readonly GivenAttribute[];
}

export enum ImageEdit {
  CREATED = 'CREATED',
  /** Its bytes were replaced. */
  REPLACED = 'REPLACED',
  /** Only what is known of it was changed. */
  UPDATED = 'UPDATED',
  UNCHANGED = 'UNCHANGED',
}

export interface EditedImage {
  readonly image: Image;
  readonly edit: ImageEdit;
  /** Why searches do not find the image; undefined if they do. */
  readonly notSearchable: NotSearchable | undefined;
}

export interface RejectedEdit {
  readonly error: AppError;
  /** The image that stays as it is. */
  readonly existingId?: number;
}

export type EditResult = EditedImage | RejectedEdit;
