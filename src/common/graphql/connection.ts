import { Type } from '@nestjs/common';
import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';
import { IsOptional, IsString, Max, Min } from 'class-validator';
import { cursorInvalid } from '../http/request.errors.ts';

@ObjectType({ description: 'Where a page ends, and whether there is more.' })
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage!: boolean;

  @Field(() => String, { nullable: true })
  endCursor!: string | null;
}

@ArgsType()
export class PageArgs {
  @Field(() => Int, { defaultValue: 20, description: 'How many to return: 1 to 100.' })
  @Min(1)
  @Max(100)
  first!: number;

  @Field(() => String, { nullable: true, description: 'The `endCursor` of the page before.' })
  @IsOptional()
  @IsString()
  after?: string | null;
}

export interface ConnectionOf<Node> {
  edges: { node: Node; cursor: string }[];
  nodes: Node[];
  pageInfo: PageInfo;
  totalCount: number;
}

/** The Relay connection type of a node type: `class Jobs extends Connection(JobType, 'Job') {}`. */
export function Connection<Node>(node: Type<Node>, name: string): Type<ConnectionOf<Node>> {
  @ObjectType(`${name}Edge`)
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
    totalCount!: number;
  }
  return AbstractConnection;
}

/**
 * One page of rows in the order of their ids.
 *
 * `rows` is asked for one row more than the page holds, after the row with id `after` (undefined for
 * the first page), and `toNode` converts a row to its GraphQL type. Rejects with `CURSOR_INVALID`.
 */
export async function pageOf<Row extends { readonly id: number }, Node>(
  args: PageArgs,
  source: {
    rows: (page: { after: number | undefined; limit: number }) => Promise<Row[]>;
    totalCount: () => Promise<number>;
    toNode: (row: Row) => Node;
  },
): Promise<ConnectionOf<Node>> {
  const after = args.after == null ? undefined : idOfCursor(args.after);
  const rows = await source.rows({ after, limit: args.first + 1 });
  const edges = rows
    .slice(0, args.first)
    .map((row) => ({ node: source.toNode(row), cursor: cursorOf(row.id) }));
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: { hasNextPage: rows.length > args.first, endCursor: edges.at(-1)?.cursor ?? null },
    totalCount: await source.totalCount(),
  };
}

function cursorOf(id: number): string {
  return Buffer.from(`id:${id}`).toString('base64url');
}

function idOfCursor(cursor: string): number {
  const match = /^id:(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (match === null) {
    throw cursorInvalid();
  }
  return Number(match[1]);
}
