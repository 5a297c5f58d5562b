/** The name of the service and the ways out of the editor. */
export function Links() {
  return (
    <nav className="links" aria-label="Lookalike">
      <a className="links-name" href="/">
        <img src={`${import.meta.env.BASE_URL}icon.svg`} alt="" width="22" height="22" />
        Lookalike
      </a>
      <a href="/docs/">Documentation</a>
    </nav>
  );
}
