import { useEffect } from 'react';
import { BackLink } from '../../ui/layout/back-link.tsx';
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
      <BackLink href={CATALOGUE}>Catalogue</BackLink>
      <h1 className={css.heading}>Sources</h1>
      <SourceList />
    </View>
  );
}
