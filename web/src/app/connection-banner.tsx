import CloudOff from 'lucide-react/icons/cloud-off';
import Unplug from 'lucide-react/icons/unplug';
import { useEffect } from 'react';
import { client } from '../api/client.ts';
import { connection, useConnection } from '../api/connection.ts';
import { Button } from '../ui/actions/button.tsx';
import { showToast } from '../ui/overlays/toast.tsx';
import css from './connection-banner.module.css';

const WORDS = {
  offline: {
    icon: CloudOff,
    title: 'You are offline.',
    text: 'What you see stays. Everything else continues once the network is back.',
  },
  gone: {
    icon: Unplug,
    title: 'The server does not answer.',
    text: 'Check that Lookalike is running. This page reconnects by itself.',
  },
} as const;

/** Says when the service cannot be reached, and asks for everything again once it can. */
export function ConnectionBanner() {
  const state = useConnection();
  useEffect(
    () =>
      connection.onReturn(() => {
        showToast({ title: 'The server is back', tone: 'good' });
        client.refetchQueries({ include: 'active' }).catch(() => undefined);
      }),
    [],
  );
  return (
    <div role="status" aria-live="polite">
      {state !== 'online' && <Banner {...WORDS[state]} />}
    </div>
  );
}

function Banner({ icon: Icon, title, text }: (typeof WORDS)[keyof typeof WORDS]) {
  return (
    <div className={css.banner}>
      <Icon size={20} strokeWidth={1.75} aria-hidden />
      <p>
        <strong>{title}</strong> {text}
      </p>
      <Button size="s" onPress={() => void connection.probe()}>
        Try now
      </Button>
    </div>
  );
}
