import type { Generated } from 'kysely';

/** Times are milliseconds since the epoch. */
export interface WebhookTables {
  /** One row, with the id 1. */
  webhook_state: {
    id: number;
    /** The number of the last end of a job for which a message has been made. */
    last_ending: number;
  };
  /** What is still to be sent. */
  webhook_messages: {
    id: Generated<number>;
    /** By which the receiver knows it again. */
    message_id: string;
    /** JSON, sent as it stands at each attempt. */
    body: string;
    attempts: number;
    next_try_at: number;
  };
}
