import { Global, Module } from '@nestjs/common';
import { OperationQueue } from './operation-queue.ts';

/** The one queue of the process, for HTTP and WebSocket alike. */
@Global()
@Module({ providers: [OperationQueue], exports: [OperationQueue] })
export class OperationQueueModule {}
