import css from './hit-view.module.css';

/** Lays a heat map over a picture. What it shows is said in words by `Why`. */
export function HeatLayer({ url }: { url: string | undefined }) {
  return url === undefined ? null : <img className={css.heat} src={url} alt="" data-heat-map />;
}
