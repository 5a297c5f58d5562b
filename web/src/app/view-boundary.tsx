import { Component, type ReactNode, useEffect } from 'react';
import { useLocation, useSearch } from 'wouter';
import { isUnloaded, UNREACHABLE } from '../api/coded-error.ts';
import { connection, useConnection } from '../api/connection.ts';
import { ErrorState } from '../ui/states/error-state.tsx';

interface Props {
  address: string;
  children: ReactNode;
}

interface State {
  address: string;
  error?: unknown;
}

/** Shows an error in place of a view that cannot be rendered or loaded, until another address is opened. */
export function ViewBoundary({ children }: { children: ReactNode }) {
  const [path] = useLocation();
  const query = useSearch();
  return <Boundary address={`${path}?${query}`}>{children}</Boundary>;
}

class Boundary extends Component<Props, State> {
  override state: State = { address: this.props.address };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error };
  }

  static getDerivedStateFromProps({ address }: Props, state: State): State | null {
    return address === state.address ? null : { address, error: undefined };
  }

  override componentDidCatch(error: unknown) {
    if (isUnloaded(error)) void afterFailedLoad(error);
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return isUnloaded(error) ? <Unloaded error={error} /> : <Failed error={error} />;
  }
}

function Unloaded({ error }: { error: Error }) {
  const isOnline = useConnection() === 'online';
  useEffect(() => connection.onReturn(reload), []);
  return <Failed error={isOnline ? error : UNREACHABLE} />;
}

function Failed({ error }: { error: unknown }) {
  return <ErrorState error={error} onRetry={reload} retryLabel="Load the page again" />;
}

const failedBefore = new WeakSet<Error>();

/**
 * Neither React nor the browser fetches the code of a view a second time. Therefore a view that is opened again after
 * its code could not be fetched needs the whole page to be loaded again, as soon as the server answers.
 */
async function afterFailedLoad(error: Error): Promise<void> {
  const isAgain = failedBefore.has(error);
  failedBefore.add(error);
  await connection.probe();
  if (isAgain && connection.current() === 'online') reload();
}

function reload(): void {
  location.reload();
}
