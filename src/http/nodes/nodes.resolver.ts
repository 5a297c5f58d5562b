import { Args, ID, Query, Resolver } from '@nestjs/graphql';
import { Node, parseId, typeOfId, type NodeName } from '../../common/index.ts';
import { DatasetsService, ImagesService, toDatasetType, toImageType } from '../../datasets/index.ts';
import { JobQueue, toJobType } from '../../jobs/index.ts';
import { queryPictureKey, QueryPictures, toQueryPictureType } from '../../search/index.ts';

@Resolver()
export class NodesResolver {
  private readonly finders: ReadonlyMap<string | undefined, (id: string) => Promise<Node | undefined>>;

  constructor(datasets: DatasetsService, images: ImagesService, jobs: JobQueue, pictures: QueryPictures) {
    this.finders = new Map([
      ['Dataset', finder('Dataset', (row) => datasets.find(row), toDatasetType)],
      ['Image', finder('Image', (row) => images.find(row), toImageType)],
      ['Job', finder('Job', (row) => jobs.find(row), toJobType)],
      [
        'QueryPicture',
        async (id) => {
          const picture = await pictures.find(queryPictureKey(id));
          return picture && toQueryPictureType(picture);
        },
      ],
    ]);
  }

  @Query(() => Node, {
    nullable: true,
    description: 'The object with this id, such as `Image:12`, or null if there is none.',
  })
  async node(@Args('id', { type: () => ID }) id: string): Promise<Node | null> {
    return (await this.finders.get(typeOfId(id))?.(id)) ?? null;
  }
}

function finder<Row>(
  type: NodeName,
  find: (row: number) => Promise<Row | undefined>,
  toNode: (row: Row) => Node,
) {
  return async (id: string): Promise<Node | undefined> => {
    const row = parseId(type, id);
    const found = row === undefined ? undefined : await find(row);
    return found && toNode(found);
  };
}
