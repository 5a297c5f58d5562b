import type { Filter } from '../../../../filters/index.ts';

/** Labels of which every match of the filter has at least one; undefined if the filter does not imply any. */
export function impliedLabels(filter: Filter): readonly string[] | undefined {
  switch (filter.kind) {
    case 'labels':
      return filter.labels;
    case 'and': {
      const implied = filter.filters.map(impliedLabels).filter((labels) => labels !== undefined);
      return implied.toSorted((a, b) => a.length - b.length)[0];
    }
    case 'or': {
      const labels = new Set<string>();
      for (const one of filter.filters) {
        const implied = impliedLabels(one);
        if (implied === undefined) return undefined;
        for (const label of implied) labels.add(label);
      }
      return [...labels];
    }
    case 'not':
    case 'attribute':
      return undefined;
  }
}
