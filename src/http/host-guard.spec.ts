import { describe, expect, it } from '@jest/globals';
import { assertHostAllowed, isHostAllowed, isOriginAllowed } from './host-guard.ts';
import { ServerConfig } from './server.config.ts';

const config = (settings: Partial<ServerConfig> = {}) =>
  new ServerConfig({
    ...{ HOST: '127.0.0.1', PORT: 3000, LOG_LEVEL: 'log', LOOKALIKE_OPEN: false, CORS_ORIGINS: [] },
    ...settings,
  });

describe('assertHostAllowed', () => {
  it.each(['127.0.0.1', '127.0.0.53', '::1', 'localhost'])('lets the service listen on %s', (HOST) => {
    expect(() => assertHostAllowed(config({ HOST }))).not.toThrow();
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'shop.example', '127.0.0.1.example.com'])(
    'refuses %s unless it is said to be open',
    (HOST) => {
      expect(() => assertHostAllowed(config({ HOST }))).toThrow(
        expect.objectContaining({ code: 'HOST_REFUSED' }),
      );
      expect(() => assertHostAllowed(config({ HOST, LOOKALIKE_OPEN: true }))).not.toThrow();
    },
  );
});

describe('isHostAllowed', () => {
  it.each(['localhost:3000', '127.0.0.1', '[::1]:3000', 'LOCALHOST'])('answers under %s', (host) => {
    expect(isHostAllowed(host, config())).toBe(true);
  });

  it.each(['evil.example', 'localhost.evil.example:3000', '127.0.0.1.evil.example', '', undefined])(
    'does not answer under %s while on loopback',
    (host) => {
      expect(isHostAllowed(host, config())).toBe(false);
      expect(isHostAllowed(host, config({ HOST: '0.0.0.0', LOOKALIKE_OPEN: true }))).toBe(true);
    },
  );
});

describe('isOriginAllowed', () => {
  it('lets clients in that are no browsers, pages of its own, and named origins', () => {
    const named = config({ CORS_ORIGINS: ['https://shop.example'] });
    expect(isOriginAllowed(undefined, 'localhost:3000', named)).toBe(true);
    expect(isOriginAllowed('http://localhost:3000', 'localhost:3000', named)).toBe(true);
    expect(isOriginAllowed('https://shop.example', 'localhost:3000', named)).toBe(true);
  });

  it('lets no other page in, nor one whose name was made to resolve to loopback', () => {
    expect(isOriginAllowed('https://evil.example', 'localhost:3000', config())).toBe(false);
    expect(isOriginAllowed('http://evil.example:3000', 'evil.example:3000', config())).toBe(false);
    expect(isOriginAllowed('null', 'localhost:3000', config())).toBe(false);
  });
});
