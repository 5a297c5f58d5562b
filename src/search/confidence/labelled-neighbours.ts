import { Injectable } from '@nestjs/common';
import { ImagesService } from '../../datasets/index.ts';
import type { DatasetIndex } from '../indexing/index.repository.ts';
import { VectorIndex, type VectorMatch } from '../vector-index/vector-index.port.ts';

export interface LabelledNeighbour {
  readonly imageId: number;
  /** Cosine similarity, -1 to 1. */
  readonly score: number;
  /** The keys of its labels, at least one. */
  readonly labels: readonly string[];
}

/** A labelled image of an index, and its nearest others that have labels. */
export interface LabelledNeighbourhood {
  readonly imageId: number;
  readonly labels: readonly string[];
  /** The nearest first. */
  readonly neighbours: readonly LabelledNeighbour[];
}

export interface NeighbourRequest {
  /** The number of neighbours to return at most. */
  readonly count: number;
  /** Leaves out images with the bytes of the image itself. */
  readonly withoutCopies?: boolean;
}

/** How many more are looked for than are needed, since some have no labels or are copies. */
const SPARE = 12;
/** Searches that wait for a cluster at the same time. */
const AT_ONCE = 8;

/** Finds the nearest labelled neighbours of labelled images in their own index. */
@Injectable()
export class LabelledNeighbours {
  constructor(
    private readonly images: ImagesService,
    private readonly vectorIndex: VectorIndex,
  ) {}

  /** For those of the images that have labels and are in the index. Give it some hundred at a time. */
  async of(
    { name }: Pick<DatasetIndex, 'name'>,
    imageIds: readonly number[],
    { count, withoutCopies = false }: NeighbourRequest,
  ): Promise<LabelledNeighbourhood[]> {
    const labelled = (labels: readonly string[] | undefined) => labels !== undefined && labels.length > 0;
    const own = await this.images.labelKeysOf(imageIds);
    const vectors = await this.vectorIndex.vectors(
      name,
      imageIds.filter((id) => labelled(own.get(id))),
    );
    const asked = [...vectors.keys()];
    const found: (readonly VectorMatch[])[] = [];
    for (let start = 0; start < asked.length; start += AT_ONCE) {
      const some = asked.slice(start, start + AT_ONCE);
      found.push(
        ...(await Promise.all(
          some.map(async (id) => {
            const query = { vector: vectors.get(id)!, k: count + SPARE, excludeId: id };
            return (await this.vectorIndex.search(name, query)).matches;
          }),
        )),
      );
    }
    const others = [...new Set(found.flatMap((matches) => matches.map(({ id }) => id)))];
    const labelsOf = await this.images.labelKeysOf(others);
    const files = withoutCopies ? await this.filesOf([...asked, ...others]) : undefined;
    return asked.map((imageId, at) => ({
      imageId,
      labels: own.get(imageId)!,
      neighbours: found[at]!.filter(
        ({ id }) =>
          labelled(labelsOf.get(id)) && (files === undefined || files.get(id) !== files.get(imageId)),
      )
        .slice(0, count)
        .map(({ id, score }) => ({ imageId: id, score, labels: labelsOf.get(id)! })),
    }));
  }

  private async filesOf(imageIds: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const images = await this.images.findByIds([...new Set(imageIds)]);
    return new Map([...images].map(([id, { sha256 }]) => [id, sha256]));
  }
}

export function shareLabel(a: readonly string[], b: readonly string[]): boolean {
  return a.some((label) => b.includes(label));
}
