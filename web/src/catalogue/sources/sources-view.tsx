import ChevronLeft from 'lucide-react/icons/chevron-left';
import { useEffect } from 'react';
import { Link } from 'wouter';
import { View } from '../../ui/layout/view.tsx';
import { CATALOGUE } from '../addresses.ts';
import { SourceList } from './source-list.tsx';
import css from './sources.module.css';

/** The sources of all datasets. */
export function SourcesView() {
  useEffect(() => {
    document.title = 'Sources · Catalogue · Lookalike';
  }, []);
  return (
    <View>
      <Link href={CATALOGUE} className={css.back}>
        <ChevronLeft size={16} aria-hidden />
        Catalogue
      </Link>
      <h1 className={css.heading}>Sources</h1>
      <SourceList />
    </View>
  );
}
