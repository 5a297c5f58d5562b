import { errorsOf } from '../app-error.ts';

const defineError = errorsOf('Pictures');

/** The supported formats, as messages name them. */
const SUPPORTED = ['JPEG', 'PNG', 'WebP', 'GIF', 'AVIF'] as const;
const SEND = 'Send a JPEG, PNG, WebP, GIF or AVIF file.';

export const emptyFile = defineError({
  code: 'EMPTY_FILE',
  status: 400,
  meaning: 'The file is empty.',
  remedy: SEND,
  message: `The file is empty. ${SEND}`,
  details: () => ({ supported: [...SUPPORTED] }),
});

/** `found` completes "This file is …": `an SVG drawing`, `plain text`. */
export const unsupportedMediaType = defineError({
  code: 'UNSUPPORTED_MEDIA_TYPE',
  status: 415,
  meaning: 'The bytes of the file are not a picture in a format that can be read; its name does not matter.',
  remedy: SEND,
  message: (found: string) => `This file is ${found}, whatever its name says. ${SEND}`,
  details: (found) => ({ found, supported: [...SUPPORTED] }),
});

/** Width and height in pixels if the header gives them. */
export const imageTooLarge = defineError({
  code: 'IMAGE_TOO_LARGE',
  status: 413,
  meaning: 'The picture has more pixels than `MAX_IMAGE_PIXELS` allows.',
  remedy: 'Make the picture smaller, or raise `MAX_IMAGE_PIXELS`.',
  message: (limit: number, width?: number, height?: number) => {
    const size =
      width === undefined || height === undefined
        ? ''
        : ` of ${width} × ${height} (${(width * height).toLocaleString('en')} pixels)`;
    return (
      `The picture${size} has more than ${limit.toLocaleString('en')} pixels. ` +
      'Make it smaller, or raise MAX_IMAGE_PIXELS.'
    );
  },
  details: (limit, width, height) => ({
    limit,
    ...(width === undefined || height === undefined ? {} : { width, height, pixels: width * height }),
  }),
});

/** `problem` is the decoder's message. */
export const imageCorrupt = defineError({
  code: 'IMAGE_CORRUPT',
  status: 400,
  meaning: 'The picture is damaged or incomplete.',
  remedy: 'Replace it with an intact copy.',
  message: (problem: string) =>
    `The picture is damaged or incomplete (${problem}). Replace it with an intact copy.`,
  details: (problem) => ({ problem }),
});
