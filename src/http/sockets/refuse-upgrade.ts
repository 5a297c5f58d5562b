import type { Duplex } from 'node:stream';
import { publicError, type AppError } from '../../common/index.ts';

const REASONS: Readonly<Record<number, string>> = { 403: 'Forbidden', 404: 'Not Found' };

/** Answers a request to upgrade with an error, and closes its connection, which Node leaves to us. */
export function refuseUpgrade(socket: Duplex, error: AppError): void {
  const { status } = error;
  const body = JSON.stringify({ errors: [publicError(error)] });
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Bad Request'}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.on('error', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
