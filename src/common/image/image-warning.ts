/** What was wrong with a picture that was taken all the same. */
export const IMAGE_WARNINGS = {
  IRREGULAR: 'Its file departs from the standard of its format; the picture is whole.',
  END_MISSING: 'The mark at the end of its file is missing; the picture is whole.',
  LESS_DETAIL: 'The end of its file is missing, and with it details of the picture.',
  TRUNCATED: 'The last part of the picture is missing.',
  DAMAGED: 'A part of its data is damaged, which may show.',
} as const;

export type ImageWarningCode = keyof typeof IMAGE_WARNINGS;

export interface ImageWarning {
  readonly code: ImageWarningCode;
  /** One sentence for people. */
  readonly message: string;
}

/** `message`: in place of the usual one. */
export function imageWarning(code: ImageWarningCode, message: string = IMAGE_WARNINGS[code]): ImageWarning {
  return { code, message };
}
