/** The cost of a list that may be long and that no argument limits: that of a hundred items. */
export function longList({ childComplexity }: { readonly childComplexity: number }): number {
  return 1 + 100 * childComplexity;
}
