import { Type } from '@nestjs/common';
import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';
import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { cursorInvalid, pageAmbiguous } from '../http/request.errors.ts';

/** How long a page is if a client does not say. */
export const DEFAULT_PAGE = 20;

@ObjectType({ description: 'Where a page begins and ends, and whether there is more.' })
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage!: boolean;

  @Field(() => Boolean)
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true })
  startCursor!: string | null;

  @Field(() => String, { nullable: true })
  endCursor!: string | null;
}

@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: `Returns so many from the beginning: 1 to 100. ${DEFAULT_PAGE} if \`last\` is omitted as well.`,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'The `endCursor` of the page before.' })
  @IsOptional()
  @IsString()
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Returns so many from the end: 1 to 100. Not together with `first`.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'The `startCursor` of the page behind.' })
  @IsOptional()
  @IsString()
  before?: string | null;
}

export interface ConnectionOf<Node> {
  edges: { node: Node; cursor: string }[];
  nodes: Node[];
  pageInfo: PageInfo;
  /** Counted only if a client asks for it: GraphQL calls it then. */
  totalCount: () => Promise<number>;
}

/** The Relay connection type of a node type: `class Jobs extends Connection(JobType, 'Job') {}`. */
export function Connection<Node>(node: Type<Node>, name: string): Type<ConnectionOf<Node>> {
  @ObjectType(`${name}Edge`, { description: 'An item of a page, with its place in the list.' })
  class Edge {
    @Field(() => node)
    node!: Node;

    @Field(() => String)
    cursor!: string;
  }

  @ObjectType({ isAbstract: true })
  class AbstractConnection {
    @Field(() => [Edge])
    edges!: Edge[];

    @Field(() => [node], { description: 'The nodes of the edges, for those who need no cursors.' })
    nodes!: Node[];

    @Field(() => PageInfo)
    pageInfo!: PageInfo;

    @Field(() => Int, { description: 'How many there are on all pages together.' })
    totalCount!: () => Promise<number>;
  }
  return AbstractConnection;
}

/** The rows that a page needs, in terms of their positions in the list: their ids, or what else it is ordered by. */
export interface PageRows<Position = number> {
  /** Only rows behind the one at this position. */
  readonly after: Position | undefined;
  /** Only rows in front of the one at this position. */
  readonly before: Position | undefined;
  readonly limit: number;
  /** Asks for the last of these rows instead of the first, in reverse order. */
  readonly backwards: boolean;
}

/** How cursors name the positions of a list. */
export interface Cursors<Row, Position> {
  /** The text that stands for the position of a row. */
  readonly write: (row: Row) => string;
  /** Undefined if the text stands for no position. */
  readonly read: (text: string) => Position | undefined;
}

interface PageSource<Row, Node, Position> {
  /** Is asked for one row more than the page holds. */
  readonly rows: (page: PageRows<Position>) => Promise<Row[]>;
  readonly totalCount: () => Promise<number>;
  /** Converts a row to its GraphQL type. */
  readonly toNode: (row: Row) => Node;
}

/** One page of rows in the order of their ids. Rejects with `CURSOR_INVALID` and `PAGE_AMBIGUOUS`. */
export function pageOf<Row extends { readonly id: number }, Node>(
  args: PageArgs,
  source: PageSource<Row, Node, number>,
): Promise<ConnectionOf<Node>> {
  return pageBy(BY_ID, args, source);
}

/** One page of rows in an order of their own. Rejects with `CURSOR_INVALID` and `PAGE_AMBIGUOUS`. */
export async function pageBy<Row, Node, Position>(
  cursors: Cursors<Row, Position>,
  args: PageArgs,
  source: PageSource<Row, Node, Position>,
): Promise<ConnectionOf<Node>> {
  if (args.first != null && args.last != null) throw pageAmbiguous();
  const positionOf = (cursor: string) => {
    const position = cursors.read(Buffer.from(cursor, 'base64url').toString());
    if (position === undefined) throw cursorInvalid();
    return position;
  };
  const after = args.after == null ? undefined : positionOf(args.after);
  const before = args.before == null ? undefined : positionOf(args.before);
  const backwards = args.last != null;
  const length = args.last ?? args.first ?? DEFAULT_PAGE;
  const rows = await source.rows({ after, before, limit: length + 1, backwards });
  const page = rows.slice(0, length);
  if (backwards) page.reverse();
  const edges = page.map((row) => ({
    node: source.toNode(row),
    cursor: Buffer.from(cursors.write(row)).toString('base64url'),
  }));
  const isMore = rows.length > length;
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: {
      hasNextPage: backwards ? before !== undefined : isMore,
      hasPreviousPage: backwards ? isMore : after !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: source.totalCount,
  };
}

/** The rows of a page, of a list in ascending order of id that is in memory. */
export function rowsOf<Row extends { readonly id: number }>(
  list: readonly Row[],
  { after = -Infinity, before = Infinity, limit, backwards }: PageRows,
): Row[] {
  const between = list.filter(({ id }) => id > after && id < before);
  return backwards ? between.slice(-limit).reverse() : between.slice(0, limit);
}

const BY_ID: Cursors<{ readonly id: number }, number> = {
  write: ({ id }) => `id:${id}`,
  read: (text) => {
    const match = /^id:(\d{1,15})$/.exec(text);
    return match === null ? undefined : Number(match[1]);
  },
};
