import { describe, expect, it } from '@jest/globals';
import { checkUrl, isPublicAddress } from './url-guard.ts';

const thrown = (code: string): object => expect.objectContaining({ code });

const PRIVATE_ADDRESSES = [
  ['this network', '0.0.0.0'],
  ['this network', '0.1.2.3'],
  ['private', '10.0.0.1'],
  ['private', '10.255.255.255'],
  ['carrier-grade NAT', '100.64.0.1'],
  ['carrier-grade NAT', '100.127.255.255'],
  ['loopback', '127.0.0.1'],
  ['loopback', '127.255.255.254'],
  ['link-local, cloud metadata', '169.254.169.254'],
  ['private', '172.16.0.1'],
  ['private', '172.31.255.255'],
  ['protocol assignments', '192.0.0.1'],
  ['documentation', '192.0.2.1'],
  ['6to4 relay', '192.88.99.1'],
  ['private', '192.168.1.1'],
  ['benchmarking', '198.18.0.1'],
  ['benchmarking', '198.19.255.255'],
  ['documentation', '198.51.100.1'],
  ['documentation', '203.0.113.1'],
  ['multicast', '224.0.0.1'],
  ['multicast', '239.255.255.255'],
  ['reserved', '240.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['unspecified', '::'],
  ['loopback', '::1'],
  ['IPv4-compatible', '::7f00:1'],
  ['IPv4-compatible', '::127.0.0.1'],
  ['IPv4-compatible, public', '::8.8.8.8'],
  ['IPv4-mapped', '::ffff:127.0.0.1'],
  ['IPv4-mapped', '::ffff:7f00:1'],
  ['IPv4-mapped', '::ffff:a9fe:a9fe'],
  ['IPv4-mapped, public', '::ffff:8.8.8.8'],
  ['IPv4-translated', '::ffff:0:7f00:1'],
  ['NAT64', '64:ff9b::7f00:1'],
  ['NAT64, public', '64:ff9b::8.8.8.8'],
  ['NAT64, local', '64:ff9b:1::a00:1'],
  ['discard', '100::1'],
  ['Teredo', '2001::1'],
  ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  ['benchmarking', '2001:2::1'],
  ['ORCHID', '2001:10::1'],
  ['ORCHIDv2', '2001:20::1'],
  ['documentation', '2001:db8::1'],
  ['6to4', '2002:7f00:1::'],
  ['6to4, public', '2002:808:808::1'],
  ['documentation', '3fff::1'],
  ['not handed out', '4000::1'],
  ['segment routing', '5f00::1'],
  ['unique local', 'fc00::1'],
  ['unique local', 'fd12:3456:789a::1'],
  ['link-local', 'fe80::1'],
  ['link-local', 'febf::1'],
  ['site-local', 'fec0::1'],
  ['multicast', 'ff02::1'],
] as const;

describe('isPublicAddress', () => {
  it.each(PRIVATE_ADDRESSES)('refuses %s: %s', (_, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['fe80::1%eth0', '2606:4700::1%1', '', 'localhost', '8.8.8', '08.8.8.8', '8.8.8.8 ', '[::1]'])(
    'takes no other text for an address: "%s"',
    (text) => {
      expect(isPublicAddress(text)).toBe(false);
    },
  );

  it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111', '2a00:1450:4001::1'])(
    'knows %s as public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});

describe('checkUrl', () => {
  it.each(PRIVATE_ADDRESSES)('refuses %s as a literal: %s', (_, address) => {
    const host = address.includes(':') ? `[${address}]` : address;
    for (const scheme of ['http', 'https']) {
      expect(() => checkUrl(`${scheme}://${host}/a.jpg`)).toThrow(thrown('URL_BLOCKED'));
    }
  });

  it.each([
    ['decimal', '2130706433'],
    ['octal', '0177.0.0.1'],
    ['octal in one', '017700000001'],
    ['hexadecimal', '0x7f000001'],
    ['hexadecimal by octet', '0x7f.0.0.0x1'],
    ['short', '127.1'],
    ['short', '127.0.1'],
    ['zero', '0'],
    ['mixed', '0xa9.254.0251.0376'],
    ['decimal, metadata', '2852039166'],
    ['circled digits', '①②⑦.⓪.⓪.①'],
    ['full-width digits', '１２７.０.０.１'],
    ['ideographic full stops', '127。0。0。1'],
    ['percent-encoded', '%31%32%37.0.0.1'],
    ['a trailing dot', '127.0.0.1.'],
    ['trailing dots', '127.0.0.1..'],
    ['a name', 'localhost'],
    ['a name in capitals', 'LOCALHOST'],
    ['a name with a dot', 'localhost.'],
    ['a name with dots', 'localhost..'],
    ['a name below', 'a.b.localhost'],
    ['a name below with a dot', 'a.localhost.'],
    ['circled letters', 'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ'],
    ['IPv6 at length', '[0000:0000:0000:0000:0000:0000:0000:0001]'],
    ['IPv6 with a zone', '[fe80::1%25eth0]'],
    ['IPv6 with a bare zone', '[fe80::1%eth0]'],
    ['a number too large', '0x100000000'],
    ['an octet too large', '256.0.0.1'],
    ['five octets', '127.0.0.0.1'],
  ])('refuses %s: %s', (_, host) => {
    expect(() => checkUrl(`http://${host}/a.jpg`)).toThrow(thrown('URL_BLOCKED'));
  });

  it.each([
    'file:///etc/passwd',
    'data:image/png;base64,AAAA',
    'ftp://example.org/a.jpg',
    'javascript:alert(1)',
    'gopher://example.org/',
    'ws://example.org/',
    'blob:https://example.org/1',
    'http+unix://socket/a.jpg',
    'a.jpg',
    '//example.org/a.jpg',
    '',
    'https://user@example.org/a.jpg',
    'https://user:secret@example.org/a.jpg',
    'https://:secret@example.org/a.jpg',
    'http://example.org:22/a.jpg',
    'http://example.org:6379/a.jpg',
    'https://example.org:8443/a.jpg',
    'http://127.0.0.1:0/a.jpg',
  ])('refuses by its scheme, credentials or port: %s', (url) => {
    expect(() => checkUrl(url)).toThrow(thrown('URL_SCHEME'));
  });

  it.each([
    'http://',
    'http:///',
    'https://exa mple.org/',
    'http://a..b^/',
    `http://example.org/${'a'.repeat(9_000)}`,
  ])('refuses what is not a URL: %.40s', (url) => {
    expect(() => checkUrl(url)).toThrow(thrown('URL_INVALID'));
  });

  it.each([
    ['https://example.org/a.jpg', 'https://example.org/a.jpg'],
    ['HTTP://EXAMPLE.ORG:80/a.jpg#part', 'http://example.org/a.jpg'],
    ['https://example.org./a.jpg', 'https://example.org/a.jpg'],
    [' https://example.org/ä b.jpg?q=1 ', 'https://example.org/%C3%A4%20b.jpg?q=1'],
    ['http://8.8.8.8/a.jpg', 'http://8.8.8.8/a.jpg'],
    ['https://[2606:4700:4700::1111]/', 'https://[2606:4700:4700::1111]/'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
    ['https://localhost.example.org/', 'https://localhost.example.org/'],
  ])('lets %s through', (text, href) => {
    expect(checkUrl(text).href).toBe(href);
  });

  it('allows loopback if configured to, and nothing else that is private', () => {
    const rules = { ports: [80, 443, 8080], allowLoopback: true };
    for (const host of ['localhost', 'shop.localhost', '127.0.0.1', '[::1]']) {
      expect(checkUrl(`http://${host}:8080/a.jpg`, rules).port).toBe('8080');
    }
    for (const host of [
      '10.0.0.1',
      '169.254.169.254',
      '0.0.0.0',
      '[::ffff:127.0.0.1]',
      '[::]',
      '[fe80::1]',
    ]) {
      expect(() => checkUrl(`http://${host}:8080/a.jpg`, rules)).toThrow(thrown('URL_BLOCKED'));
    }
  });
});
