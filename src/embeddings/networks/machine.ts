import { availableParallelism, cpus } from 'node:os';
import { Injectable } from '@nestjs/common';

/** The machine that the networks run on. */
@Injectable()
export class Machine {
  readonly cores: number = availableParallelism();
  /** The processor's model name. Some systems do not report one. */
  readonly processor: string = cpus()[0]?.model ?? 'unknown processor';
}
