import { requestAbandoned } from '../../common/index.ts';

/**
 * The operations under way on one WebSocket, each with what stops it. They are told apart by the message
 * that began them: a client may use an id again while its former operation is still coming to a stop.
 */
export class OperationRegistry {
  private readonly underWay = new Map<object, { readonly id: string; readonly stop: AbortController }>();

  get size(): number {
    return this.underWay.size;
  }

  begin(message: object, id: string): AbortSignal {
    const stop = new AbortController();
    this.underWay.set(message, { id, stop });
    return stop.signal;
  }

  end(message: object): void {
    this.underWay.delete(message);
  }

  /** Stops the operation of this id, or all; each counts as under way until it has ended. */
  abandon(only?: { readonly id: string }): void {
    for (const { id, stop } of this.underWay.values()) {
      if (only === undefined || only.id === id) stop.abort(requestAbandoned());
    }
  }
}
