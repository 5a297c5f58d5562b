/** The chosen labels with the one that has been typed but not added yet, if there is one. */
export function withTyped(chosen: readonly string[], text: string): string[] {
  const name = text.trim();
  return name === '' || chosen.includes(name) ? [...chosen] : [...chosen, name];
}
