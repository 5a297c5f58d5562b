import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What a contender is asked to do. Each request is one line of JSON on its standard input, each answer one on its output. */
export type Request =
  | { readonly do: 'build' }
  | {
      readonly do: 'search';
      readonly effort: number;
      readonly label: string | null;
      readonly from: number;
      readonly to: number;
    };

export interface Built {
  /** From the first vector in hand to an index that answers with all its speed. */
  readonly buildSeconds: number;
  /** The time that processors have worked for it, which other work on the machine affects less. */
  readonly processorSeconds: number;
  readonly writeSeconds?: number;
  readonly openSeconds?: number;
  /** Milliseconds from adding an entry until a search found it, while a build was running. */
  readonly addMs?: readonly number[];
  readonly diskMB?: number;
  readonly residentMB: number;
}

export interface Searched {
  /** Milliseconds of each query. */
  readonly times: readonly number[];
  /** The positions of the vectors found, the best first. */
  readonly found: readonly (readonly number[])[];
  readonly residentMB: number;
}

/** A contender in a process of its own, so that its memory and its garbage are its own. */
export class Contender {
  private readonly child;
  private readonly answers;

  constructor(command: string, args: readonly string[]) {
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async build(): Promise<Built> {
    return (await this.ask({ do: 'build' })) as Built;
  }

  async search(request: Omit<Extract<Request, { do: 'search' }>, 'do'>): Promise<Searched> {
    return (await this.ask({ do: 'search', ...request })) as Searched;
  }

  end(): void {
    this.child.stdin.end();
  }

  private async ask(request: Request): Promise<unknown> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    const answer = await this.answers.next();
    if (answer.done === true) throw new Error('A contender ended before it answered');
    return JSON.parse(answer.value);
  }
}
