/** An image that a row describes beside its own. */
export interface View {
  readonly id: string;
  readonly places: readonly string[];
}

/**
 * The further pictures of a product of Google Merchant, from the texts of its `additional_image_link`: one URL, or
 * several with commas between them. They are called after the product, and counted from 2: "red-hat#2".
 */
export function furtherPictures(
  product: string | number,
  picture: string | undefined,
  texts: readonly string[],
): View[] {
  const links = texts.flatMap(linksIn).map((link) => link.trim());
  const others = new Set(links.filter((link) => link !== '' && link !== picture?.trim()));
  return [...others].map((link, at) => ({ id: `${product}#${at + 2}`, places: [link] }));
}

/** A comma inside a URL ends it only if another URL follows. */
function linksIn(text: string): string[] {
  return /^\s*(?:[a-z][a-z0-9+.-]*:)?\/\//i.test(text)
    ? text.split(/,(?=\s*(?:[a-z][a-z0-9+.-]*:)?\/\/|\s*$)/i)
    : text.split(',');
}
