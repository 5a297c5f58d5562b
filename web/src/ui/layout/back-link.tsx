import ChevronLeft from 'lucide-react/icons/chevron-left';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import css from './back-link.module.css';

/** Leads from a view to the one that it belongs to. */
export function BackLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link href={href} className={css.back}>
      <ChevronLeft size={16} aria-hidden />
      {children}
    </Link>
  );
}
