interface Worded {
  readonly fileName: string;
  readonly labels: readonly { readonly name: string }[];
}

/** `fruit, kiwi.jpg`: what is known of a picture, for those who cannot see it. */
export function labelled({ labels, fileName }: Worded): string {
  return [...labels.map(({ name }) => name), fileName].join(', ');
}

/** The labels of a picture in short: `fruit +2`; the name of its file if it has none. */
export function shortLabel({ labels, fileName }: Worded): string {
  const [first, ...others] = labels;
  if (first === undefined) return fileName;
  return others.length === 0 ? first.name : `${first.name} +${others.length}`;
}
