import { AppError } from '../app-error.ts';

/** What can be read, as messages name it. */
const SUPPORTED = ['JPEG', 'PNG', 'WebP', 'GIF', 'AVIF'] as const;
const SEND = 'Send a JPEG, PNG, WebP, GIF or AVIF file.';

export const emptyFile = () =>
  new AppError('EMPTY_FILE', `The file is empty. ${SEND}`, { supported: [...SUPPORTED] });

/** `found` completes "This file is …": `an SVG drawing`, `plain text`. */
export const unsupportedMediaType = (found: string) =>
  new AppError('UNSUPPORTED_MEDIA_TYPE', `This file is ${found}, whatever its name says. ${SEND}`, {
    found,
    supported: [...SUPPORTED],
  });

/** Width and height in pixels where the header tells them. */
export const imageTooLarge = (limit: number, width?: number, height?: number) => {
  const size =
    width === undefined || height === undefined
      ? ''
      : ` of ${width} × ${height} (${(width * height).toLocaleString('en')} pixels)`;
  return new AppError(
    'IMAGE_TOO_LARGE',
    `The picture${size} has more than ${limit.toLocaleString('en')} pixels. ` +
      'Make it smaller, or raise MAX_IMAGE_PIXELS.',
    {
      limit,
      ...(width === undefined || height === undefined ? {} : { width, height, pixels: width * height }),
    },
  );
};

/** `problem` as the decoder names it. */
export const imageCorrupt = (problem: string) =>
  new AppError(
    'IMAGE_CORRUPT',
    `The picture is damaged or incomplete (${problem}). Take a fresh copy of the file.`,
    { problem },
  );
