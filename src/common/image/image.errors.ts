import { errorsOf } from '../app-error.ts';

const defineError = errorsOf('Pictures');

/** The supported formats, as messages name them. */
const SUPPORTED = ['JPEG', 'PNG', 'WebP', 'GIF', 'AVIF', 'TIFF', 'HEIC'] as const;
const SEND = 'Send a JPEG, PNG, WebP, GIF, AVIF, TIFF or HEIC file.';

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
  remedy: `${SEND} HEIC photos and JPEGs of 12 bits need a decoder to be installed; the message names it.`,
  message: (found: string) => `This file is ${found}, whatever its name says. ${SEND}`,
  details: (found) => ({ found, supported: [...SUPPORTED] }),
});

/** `found` completes "This file is …". `spec` names the package to install. */
export const decoderMissing = unsupportedMediaType.variant({
  message: (found: string, spec: string) =>
    `This file is ${found}, which needs a decoder that is not installed. Install it beside Lookalike ` +
    `(npm install ${spec}), or send a JPEG, PNG, WebP, GIF, AVIF or TIFF file.`,
  details: (found, spec) => ({ found, install: spec }),
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

/** `problem` completes "it is damaged or incomplete": what its bytes show to be wrong. */
export const imageCorrupt = defineError({
  code: 'IMAGE_CORRUPT',
  status: 400,
  meaning: 'The picture is damaged so that it cannot be decoded, or a good part of it is missing.',
  remedy:
    'Replace it with an intact copy. An import takes pictures of which a part is missing with `--accept-truncated` ' +
    '(`acceptTruncated`).',
  message: (problem: string) =>
    `The picture is damaged or incomplete (${problem}). Replace it with an intact copy.`,
  details: (problem) => ({ problem }),
});

/** `extent`: the part of the picture that is there, from 0 to 1. */
export const imageIncomplete = imageCorrupt.variant({
  message: (extent: number) =>
    `The picture is damaged or incomplete (${incompleteness(extent)}). Replace it with an intact copy, or import ` +
    'what there is of it with --accept-truncated (acceptTruncated).',
  details: (extent) => ({ problem: incompleteness(extent) }),
});

function incompleteness(extent: number): string {
  return `only ${Math.floor(100 * extent)} % of the picture is there`;
}
