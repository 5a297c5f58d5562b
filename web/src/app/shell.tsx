import Copy from 'lucide-react/icons/copy';
import Images from 'lucide-react/icons/images';
import Orbit from 'lucide-react/icons/waypoints';
import ScanSearch from 'lucide-react/icons/scan-search';
import { type ReactNode, useEffect, useRef } from 'react';
import { Link, useLocation } from 'wouter';
import { ConnectionBanner } from './connection-banner.tsx';
import { Mark } from './mark.tsx';
import css from './shell.module.css';
import { ThemeButton } from './theme-button.tsx';
import { useDropGuard } from './use-drop-guard.ts';

const VIEWS = [
  { path: '/', name: 'Search', icon: ScanSearch },
  { path: '/catalogue', name: 'Catalogue', icon: Images },
  { path: '/duplicates', name: 'Duplicates', icon: Copy },
  { path: '/map', name: 'Map', icon: Orbit },
] as const;

/** The bar with the navigation, and the view below it. */
export function Shell({ children }: { children: ReactNode }) {
  const [location] = useLocation();
  const main = useRef<HTMLElement>(null);
  const view = VIEWS.find(({ path }) => (path === '/' ? location === '/' : location.startsWith(path)));
  const shown = useRef(view);
  useDropGuard();

  useEffect(() => {
    document.title = view === undefined || view.path === '/' ? 'Lookalike' : `${view.name} · Lookalike`;
    // Whoever listens to a screen reader hears that another view has come.
    if (shown.current !== view) main.current?.focus();
    shown.current = view;
  }, [view]);

  return (
    <>
      <a className={css.skip} href="#main">
        Skip to the content
      </a>
      <header className={css.bar}>
        <Link className={css.home} href="/" aria-label="Lookalike, new search">
          <Mark />
          <span className={css.name}>Lookalike</span>
        </Link>
        <nav className={css.nav} aria-label="Views">
          {VIEWS.map(({ path, name, icon: Icon }) => (
            <Link
              key={path}
              className={css.item}
              href={path}
              aria-current={view?.path === path ? 'page' : undefined}
            >
              <Icon size={18} strokeWidth={1.75} aria-hidden />
              {name}
            </Link>
          ))}
        </nav>
        <ThemeButton />
      </header>
      <ConnectionBanner />
      <main ref={main} id="main" className={css.main} tabIndex={-1}>
        {children}
      </main>
    </>
  );
}
