/** Shown in place of a site that has not been built, which happens in a checkout only. */
export function notBuiltPage(): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Lookalike: not built yet</title>
<style>
  :root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif }
  body { max-width: 34rem; margin: 18vh auto 0; padding: 0 1.5rem }
  code { padding: .15em .4em; border-radius: .3em; background: color-mix(in srgb, currentColor 10%, transparent) }
</style>
<h1>This part has not been built yet</h1>
<p>The service is running, but the files of this page are missing. Run <code>npm run build</code> and reload.</p>
<p>The API answers at <code>/graphql</code> all the same.</p>
</html>
`;
}
