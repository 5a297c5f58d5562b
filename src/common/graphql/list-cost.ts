/** What a list costs that no argument bounds and that may be long: as much as a hundred of its items. */
export function longList({ childComplexity }: { readonly childComplexity: number }): number {
  return 1 + 100 * childComplexity;
}
