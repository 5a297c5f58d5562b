import { Component, type ReactNode } from 'react';
import { ErrorState } from '../ui/error-state.tsx';

interface State {
  error?: unknown;
}

/** Shows an error in place of a view that cannot be rendered or loaded; the navigation stays. */
export class ViewBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = {};

  static getDerivedStateFromError(error: unknown): State {
    return { error };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return (
      <ErrorState
        error={this.state.error}
        onRetry={() => location.reload()}
        retryLabel="Load the page again"
      />
    );
  }
}
