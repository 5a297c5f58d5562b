import LinkIcon from 'lucide-react/icons/link';
import { IconButton } from '../../ui/actions/icon-button.tsx';
import { showToast } from '../../ui/overlays/toast.tsx';

/** Copies the address, which is the whole search. */
export function CopyLink() {
  return <IconButton size="s" icon={LinkIcon} label="Copy a link to this search" onPress={copyLink} />;
}

function copyLink(): void {
  navigator.clipboard.writeText(location.href).then(
    () =>
      showToast({
        title: 'Link copied',
        description: location.search.includes('QueryPicture:')
          ? 'It works as long as the server keeps the picture: a day, unless it is set otherwise.'
          : undefined,
        tone: 'good',
      }),
    () =>
      showToast({
        title: 'The browser does not let this page copy',
        description: 'Copy the address bar instead.',
      }),
  );
}
