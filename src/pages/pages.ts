import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NextFunction, Request, Response } from 'express';
import { notBuiltPage } from './not-built.page.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { StaticSite } from './static-site.ts';

/** Which sites are shown. */
export interface ShownSites {
  readonly page: boolean;
  readonly graphiql: boolean;
  readonly docs: boolean;
}

/** The library that draws the map generates the functions that drive WebGL. */
const MAP_COMPILER = 'map-compiler.html';

/** Paths below which nothing is a view of the page. */
const NOT_A_VIEW = /^\/(?:assets|docs|graphiql|graphql)(?:\/|$)/;

/** Answers browsers: files of the built sites, and where to go from `/graphql`. Leaves everything else to the API. */
export class Pages {
  private readonly page: StaticSite | undefined;
  /** Those that are shown. One at a longer path comes before the page, which has all paths. */
  private readonly sites: readonly StaticSite[];

  /** `folder` holds `web`, `ide` and `docs` as the build has made them. */
  constructor(
    folder: string,
    private readonly shown: ShownSites,
  ) {
    this.page = shown.page ? new StaticSite('', join(folder, 'web'), { compiler: MAP_COMPILER }) : undefined;
    this.sites = [
      ...(shown.graphiql ? [new StaticSite('/graphiql', join(folder, 'ide'), { inlineStyles: true })] : []),
      ...(shown.docs ? [new StaticSite('/docs', join(folder, 'docs'), { inlineStyles: true })] : []),
      ...(this.page === undefined ? [] : [this.page]),
    ];
  }

  /** Answers a request for a file of a site, or calls `next`. */
  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    if (!isRead(request)) next();
    else if (isVisitOfApi(request)) this.leadOn(response);
    else this.serve(request, response).then((served) => served || next(), next);
  };

  /**
   * Answers a browser that opens a view of the page, for which there is neither a file nor a route of the API.
   * Resolves with false for any other request.
   */
  async serveView(request: Request, response: Response): Promise<boolean> {
    if (this.page === undefined || !isRead(request) || !isVisit(request)) return false;
    if (NOT_A_VIEW.test(request.path)) return false;
    await this.sendOr(this.page, 'index.html', request, response);
    return true;
  }

  private async serve(request: Request, response: Response): Promise<boolean> {
    const site = this.sites.find((one) => one.covers(request.path));
    if (site === undefined) return false;
    const file = await site.find(request.path);
    if (file !== undefined) {
      if (request.path === '/docs') response.redirect(301, '/docs/');
      else await site.send(file, request, response);
      return true;
    }
    if (request.path === `${site.base}/` || (site !== this.page && request.path === site.base)) {
      await this.sendOr(site, 'index.html', request, response);
      return true;
    }
    if (site === this.page || !isVisit(request)) return false;
    const missing = await site.find(`${site.base}/404.html`);
    if (missing === undefined) return false;
    await site.send(missing, request, response, 404);
    return true;
  }

  /** Sends a file, or says how to build the site. */
  private async sendOr(site: StaticSite, file: string, request: Request, response: Response): Promise<void> {
    if (existsSync(join(site.folder, file))) await site.send(file, request, response);
    else
      response
        .status(503)
        .set({ ...SECURITY_HEADERS, 'Cache-Control': 'no-store', 'Content-Security-Policy': NOTHING })
        .type('html')
        .send(notBuiltPage());
  }

  /** A browser at `/graphql` wants to look, and cannot read JSON. */
  private leadOn(response: Response): void {
    response.set({ ...SECURITY_HEADERS, 'Cache-Control': 'no-store', Vary: 'Accept' });
    if (this.shown.graphiql) response.redirect(303, '/graphiql');
    else response.status(400).type('text/plain').send(API_NOTE);
  }
}

const NOTHING = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

const API_NOTE = `This is the GraphQL API of Lookalike. Programs send it POST requests with JSON, such as

    {"query": "{ datasets { nodes { id name imageCount } } }"}

An editor for GraphQL (GraphiQL) can be switched on with GRAPHIQL=true; it is off by default in production.
`;

function isRead({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Whether a browser opens the address, rather than a script, an image element or a program. */
function isVisit(request: Request): boolean {
  return /\btext\/html\b/.test(request.headers.accept ?? '');
}

function isVisitOfApi(request: Request): boolean {
  return /^\/graphql\/?$/.test(request.path) && isVisit(request) && request.query.query === undefined;
}
