import { useQuery } from '@apollo/client/react';
import Minus from 'lucide-react/icons/minus';
import Plus from 'lucide-react/icons/plus';
import X from 'lucide-react/icons/x';
import { ExampleSourceDocument } from '../../api/generated/graphql.ts';
import { classNames } from '../../ui/class-names.ts';
import type { Example } from '../state/search-state.ts';
import type { SearchControls } from '../state/use-search-state.ts';
import css from './tray.module.css';

interface Props {
  controls: SearchControls;
  shown: number;
  onShow: (index: number) => void;
}

/** All pictures of the search, with what they count as. */
export function Tray({ controls: { state, update }, shown, onShow }: Props) {
  const { examples } = state;
  return (
    <ul className={css.tray} aria-label="Examples">
      {examples.map((example, index) => (
        <TrayItem
          key={example.id}
          example={example}
          number={index + 1}
          isShown={index === shown}
          onShow={() => onShow(index)}
          onRemove={() => update({ examples: examples.filter((_, place) => place !== index) })}
        />
      ))}
    </ul>
  );
}

interface ItemProps {
  example: Example;
  number: number;
  isShown: boolean;
  onShow: () => void;
  onRemove: () => void;
}

function TrayItem({ example: { id, weight }, number, isShown, onShow, onRemove }: ItemProps) {
  const { data } = useQuery(ExampleSourceDocument, { variables: { id }, fetchPolicy: 'cache-first' });
  const source = data?.node;
  const thumbnail =
    source && ('thumbnailUrl' in source ? source.thumbnailUrl : 'small' in source ? source.small : null);
  const kind = weight < 0 ? 'less like this' : 'more like this';
  const Sign = weight < 0 ? Minus : Plus;
  return (
    <li className={css.item}>
      <button
        type="button"
        className={classNames(css.open, isShown && css.shown)}
        aria-pressed={isShown}
        aria-label={`Example ${number}, ${kind}`}
        onClick={onShow}
      >
        {thumbnail != null && <img src={thumbnail} alt="" />}
      </button>
      <span className={classNames(css.sign, weight < 0 && css.less)} aria-hidden>
        <Sign size={11} strokeWidth={3} />
      </span>
      <button type="button" className={css.remove} aria-label={`Remove example ${number}`} onClick={onRemove}>
        <X size={12} strokeWidth={2.5} aria-hidden />
      </button>
    </li>
  );
}
