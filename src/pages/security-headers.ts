/** What a site may do beyond loading its own files. */
export interface SiteNeeds {
  /** Style elements that scripts add, and style attributes. */
  readonly inlineStyles?: boolean;
  /** WebAssembly, for instance of a highlighter of code. */
  readonly webAssembly?: boolean;
  /** An empty document that the site frames to compile text to functions, which its own pages may not do. */
  readonly compiler?: string;
}

/** The same for all sites. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
};

/** Lets the document compile text, but neither load nor run anything else. */
export const COMPILER_POLICY = "default-src 'none'; script-src 'unsafe-eval'; frame-ancestors 'self'";

const INLINE = /<(script|style)(?:\s[^>]*)?>(.*?)<\/\1>/gs;

/** The policy of a page: everything comes from this server, and only the scripts that `html` holds may be inline. */
export function contentSecurityPolicy(
  html: string,
  needs: SiteNeeds,
  hashOf: (text: string) => string,
): string {
  const inline = { script: new Set<string>(), style: new Set<string>() };
  for (const [, element, text] of html.matchAll(INLINE)) {
    if (text?.trim()) inline[element as 'script' | 'style'].add(`'sha256-${hashOf(text)}'`);
  }
  const script = ["'self'", ...inline.script, ...(needs.webAssembly ? ["'wasm-unsafe-eval'"] : [])];
  const style = ["'self'", ...(needs.inlineStyles ? ["'unsafe-inline'"] : inline.style)];
  return [
    "default-src 'self'",
    `script-src ${script.join(' ')}`,
    `style-src ${style.join(' ')}`,
    "img-src 'self' blob: data:",
    "font-src 'self' data:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}
