/** The file of a map as the service writes it. */
export interface MapFile {
  readonly ids: readonly number[];
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Indexes into `labels`, or 65535. */
  readonly labelOf: readonly number[];
  readonly labels: readonly { key: string; name: string }[];
}

export function writeMapFile({ ids, x, y, labelOf, labels }: MapFile): Buffer {
  const count = ids.length;
  const table = Buffer.from(JSON.stringify(labels));
  const file = Buffer.alloc(4 + 14 * count + table.length);
  file.writeUInt32LE(count, 0);
  for (let at = 0; at < count; at += 1) {
    file.writeUInt32LE(ids[at]!, 4 + 4 * at);
    file.writeFloatLE(x[at]!, 4 + 4 * (count + at));
    file.writeFloatLE(y[at]!, 4 + 4 * (2 * count + at));
    file.writeUInt16LE(labelOf[at]!, 4 + 12 * count + 2 * at);
  }
  table.copy(file, 4 + 14 * count);
  return file;
}

/** Points in round clusters, one for each label; the first point of each is in its middle. */
export function clusteredMap(
  count: number,
  labelCount: number,
  idOf = (point: number) => point + 1,
): MapFile {
  const random = seeded(7);
  const points = Array.from({ length: count }, (_each, point) => {
    const label = point % labelCount;
    const angle = 2.399963 * label;
    const away = 2.6 * Math.sqrt(label);
    const spread = point < labelCount ? 0 : 1.1 * Math.sqrt(-2 * Math.log(random() + 1e-9));
    const turn = 2 * Math.PI * random();
    return {
      x: away * Math.cos(angle) + spread * Math.cos(turn),
      y: away * Math.sin(angle) + spread * Math.sin(turn),
      label,
    };
  });
  return {
    ids: points.map((_point, at) => idOf(at)),
    x: points.map(({ x }) => x),
    y: points.map(({ y }) => y),
    labelOf: points.map(({ label }) => label),
    labels: Array.from({ length: labelCount }, (_each, at) => ({ key: `label-${at}`, name: `Label ${at}` })),
  };
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
