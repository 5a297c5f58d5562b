import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { urlBlocked, urlInvalid, urlScheme } from '../downloads.errors.ts';

export interface UrlRules {
  readonly ports: readonly number[];
  /** Also allows 127.0.0.0/8, ::1 and the name `localhost`. */
  readonly allowLoopback: boolean;
}

const MAX_URL_LENGTH = 8_192;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };
const PUBLIC_ONLY: UrlRules = { ports: [80, 443], allowLoopback: false };
/** The part of IPv6 from which public addresses are assigned (IANA, IPv6 Global Unicast Address Space). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether the address is plain global unicast. That excludes private, loopback, link-local, carrier-grade NAT,
 * multicast, reserved and documentation addresses, and every form of IPv6 that embeds an IPv4 address (mapped,
 * compatible, NAT64, 6to4, Teredo), which may be a private one.
 */
export function isPublicAddress(address: string): boolean {
  // A zone names a network interface of this machine.
  if (isIP(address) === 0 || address.includes('%')) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return !(parsed instanceof ipaddr.IPv6) || parsed.match(GLOBAL_UNICAST);
}

/** Whether the address may be connected to: it is public, or loopback if that is allowed. */
export function isAllowedAddress(address: string, allowLoopback: boolean): boolean {
  if (isPublicAddress(address)) return true;
  return (
    allowLoopback &&
    isIP(address) !== 0 &&
    !address.includes('%') &&
    ipaddr.parse(address).range() === 'loopback'
  );
}

/** Whether the name is `localhost` or below it, which is loopback by definition (RFC 6761). */
export function isLocalhost(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost');
}

/** The host of a URL without the brackets around an IPv6 address. */
export function bareHost(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/**
 * Parses and checks an untrusted URL before anything is resolved or connected to. The addresses of a name are
 * checked later, for each connection.
 *
 * Throws `URL_SCHEME` (not http or https, credentials, a port that is not allowed), `URL_BLOCKED`
 * (an address that is not public, in any spelling) or `URL_INVALID`.
 */
export function checkUrl(text: string, rules: UrlRules = PUBLIC_ONLY): URL {
  if (text.length > MAX_URL_LENGTH) {
    throw urlInvalid(`The URL has more than ${MAX_URL_LENGTH} characters.`);
  }
  if (!URL.canParse(text)) throw unreadable(text);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw notHttp();
  if (url.username !== '' || url.password !== '') {
    throw urlScheme('URLs with a user name or password are not accepted.');
  }
  const port = url.port === '' ? DEFAULT_PORTS[url.protocol] : Number(url.port);
  if (port === undefined || !rules.ports.includes(port)) {
    throw urlScheme(
      `Port ${url.port || String(port)} is not allowed. DOWNLOAD_PORTS lists the ports that are.`,
    );
  }

  // `localhost.` is `localhost`, and names in TLS do not end in a dot.
  const hostname = url.hostname.replace(/\.+$/, '');
  if (hostname === '') throw urlInvalid('The URL has no host.');
  if (hostname !== url.hostname) url.hostname = hostname;
  const host = bareHost(url.hostname);
  if (isIP(host) !== 0) {
    if (!isAllowedAddress(host, rules.allowLoopback)) throw urlBlocked(host);
  } else if (isLocalhost(host) && !rules.allowLoopback) {
    throw urlBlocked(host);
  }
  // Setters parse the whole URL again, so this is skipped if there is nothing to remove.
  if (url.hash !== '') url.hash = '';
  return url;
}

function unreadable(text: string) {
  if (!/^\s*https?:/i.test(text)) return notHttp();
  // An address in a spelling that is not allowed in URLs, such as one with a zone.
  const host = /^\s*https?:[\\/]*(?:[^\\/?#]*@)?(\[[^\]]*\]?|[^\\/?#:]*)/i.exec(text)?.[1] ?? '';
  return /^\[|^[\dx.]+$/i.test(host) ? urlBlocked(host) : urlInvalid('The URL cannot be parsed.');
}

function notHttp() {
  return urlScheme('Only http and https URLs are accepted.');
}
