import type { WebSocket } from 'ws';

/** How much may wait to be sent to a client before nothing more is read from it. */
const MAX_UNSENT_BYTES = 1024 * 1024;
/** Small messages occupy more memory than their bytes. */
const MAX_UNSENT_MESSAGES = 100;

/**
 * The messages to one client. A client that does not read them is not read from either, until it has caught up,
 * so that they cannot fill the memory.
 */
export class SocketOutbox {
  private unsent = 0;
  private waiting: (() => void)[] = [];

  constructor(private readonly socket: WebSocket) {
    // Those that ws answers by itself are not counted anywhere.
    socket.on('ping', (data: Buffer) => void this.post((sent) => socket.pong(data, false, sent)));
    socket.once('close', () => this.admit());
  }

  /** Resolves once the message is sent, or cannot be because the client has gone. Never rejects. */
  send(message: string): Promise<void> {
    return this.post((sent) => this.socket.send(message, sent));
  }

  /** Resolves once the client has read most of what was sent to it, or has gone. */
  async room(): Promise<void> {
    if (this.isFull()) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private async post(send: (sent: () => void) => void): Promise<void> {
    const { socket } = this;
    if (socket.readyState !== socket.OPEN) return;
    this.unsent += 1;
    await new Promise<void>((resolve) => {
      send(() => resolve());
      if (this.isFull()) socket.pause();
    });
    this.unsent -= 1;
    if (!this.isFull()) this.admit();
  }

  private admit(): void {
    this.socket.resume();
    const { waiting } = this;
    this.waiting = [];
    for (const resume of waiting) resume();
  }

  private isFull(): boolean {
    const { socket, unsent } = this;
    if (socket.readyState !== socket.OPEN) return false;
    return unsent > MAX_UNSENT_MESSAGES || socket.bufferedAmount > MAX_UNSENT_BYTES;
  }
}
