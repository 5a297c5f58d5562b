import { Injectable } from '@nestjs/common';
import { messageOf } from '../common/index.ts';

export interface Readiness {
  readonly ready: boolean;
  /** For each dependency, `ok` or the reason why it cannot be used. */
  readonly dependencies: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 3_000;

/** Checks whether each dependency that an app has registered answers. */
@Injectable()
export class HealthService {
  private readonly pings = new Map<string, () => Promise<void>>();

  /** `ping` must reject if the dependency cannot be used at the moment. */
  register(dependency: string, ping: () => Promise<void>): void {
    this.pings.set(dependency, ping);
  }

  async readiness(): Promise<Readiness> {
    const answers = await Promise.all(
      [...this.pings].map(async ([dependency, ping]) => {
        try {
          await withTimeout(ping());
          return [dependency, 'ok'] as const;
        } catch (error) {
          return [dependency, messageOf(error)] as const;
        }
      }),
    );
    return {
      ready: answers.every(([, answer]) => answer === 'ok'),
      dependencies: Object.fromEntries(answers),
    };
  }
}

async function withTimeout(answer: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
  });
  try {
    await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
