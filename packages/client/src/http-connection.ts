import { AnswerUnreadableError, ServiceUnreachableError } from './connection.errors.ts';
import { errorOfAnswer, type FormattedError } from './lookalike-error.ts';
import { requestBody } from './request-body.ts';
import { isTemporary, pause, waitBefore } from './retries.ts';

/** Header fields, or a function that returns those of the next request, such as a token that changes. */
export type HeadersOption =
  | Readonly<Record<string, string>>
  | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>);

export interface RequestOptions {
  /** Cancels the request, including retries. What is thrown is the signal's reason. */
  readonly signal?: AbortSignal;
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly FormattedError[];
}

/** Sends operations over HTTP. Queries are repeated if they fail for a temporary reason; mutations are not. */
export class HttpConnection {
  constructor(
    private readonly url: URL,
    private readonly headers: HeadersOption,
    private readonly fetch: typeof globalThis.fetch,
    private readonly retries: number,
  ) {}

  /** The data of the answer. Rejects with a `LookalikeError` if the answer has errors. */
  async request(document: string, variables: unknown, { signal }: RequestOptions): Promise<unknown> {
    const retries = isQuery(document) ? this.retries : 0;
    for (let retry = 0; ; retry++) {
      try {
        return await this.attempt(document, variables, signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (retry >= retries || !isTemporary(error)) throw error;
        await pause(waitBefore(retry, error.details.retryAfterMs as number | undefined), signal);
      }
    }
  }

  private async attempt(document: string, variables: unknown, signal?: AbortSignal): Promise<unknown> {
    signal?.throwIfAborted();
    const body = await requestBody(document, variables);
    const headers = typeof this.headers === 'function' ? await this.headers() : this.headers;
    const response = await this.reached(() =>
      this.fetch(this.url, {
        method: 'POST',
        body,
        headers: {
          accept: 'application/graphql-response+json, application/json;q=0.9',
          // Uploads need it, because the forms of other sites cannot send it.
          'apollo-require-preflight': 'true',
          ...(typeof body === 'string' && { 'content-type': 'application/json' }),
          ...headers,
        },
        signal,
      }),
    );
    const text = await this.reached(() => response.text());
    const { status } = response;
    const answer = parsed(text);
    if (answer?.errors !== undefined) throw errorOfAnswer(answer.errors, { status, data: answer.data });
    if (answer?.data !== undefined) return answer.data;
    throw new AnswerUnreadableError(
      `${this.url.href} answered with status ${status}, and not as Lookalike does: check the address.`,
      { status, details: { retryAfterMs: retryAfterMs(response) } },
    );
  }

  private async reached<Value>(step: () => Promise<Value>): Promise<Value> {
    try {
      return await step();
    } catch (cause) {
      throw new ServiceUnreachableError(
        `${this.url.origin} does not answer: check the address, and whether the service is running.`,
        { cause },
      );
    }
  }
}

/** Errs towards "no": a query that contains the word is merely not repeated. */
function isQuery(document: string): boolean {
  return !/\b(?:mutation|subscription)\b/.test(document);
}

function parsed(text: string): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? answer : undefined;
  } catch {
    return undefined;
  }
}

function retryAfterMs({ headers }: Response): number {
  return 1000 * (Number(headers.get('retry-after')) || 0);
}
