import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { Database } from '../database/index.ts';
import type { WebhookTables } from './webhook.tables.ts';

export interface WebhookMessage {
  readonly id: number;
  readonly messageId: string;
  readonly body: string;
  /** How many have failed. */
  readonly attempts: number;
}

const STATE = 1;

/** What the webhook still has to send, and up to where it knows the ends of jobs. */
@Injectable()
export class WebhookRepository {
  private readonly db: Kysely<WebhookTables>;

  constructor(database: Database) {
    this.db = database.tables<WebhookTables>();
  }

  /** The number of the last end of a job that it knows; undefined before the first time. */
  async lastEnding(): Promise<number | undefined> {
    const row = await this.db
      .selectFrom('webhook_state')
      .select('last_ending')
      .where('id', '=', STATE)
      .executeTakeFirst();
    return row?.last_ending;
  }

  /** Adds messages, due at once, and notes up to which end they are about. Above `most`, the oldest are given up. */
  async add(
    messages: readonly { readonly messageId: string; readonly body: string }[],
    lastEnding: number,
    now: number,
    most: number,
  ): Promise<void> {
    await this.db.transaction().execute(async (transaction) => {
      for (const { messageId: message_id, body } of messages) {
        await transaction
          .insertInto('webhook_messages')
          .values({ message_id, body, attempts: 0, next_try_at: now })
          .execute();
      }
      await transaction
        .deleteFrom('webhook_messages')
        .where('id', 'in', (eb) =>
          eb.selectFrom('webhook_messages').select('id').orderBy('id', 'desc').limit(most).offset(most),
        )
        .execute();
      await transaction
        .insertInto('webhook_state')
        .values({ id: STATE, last_ending: lastEnding })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ last_ending: lastEnding }))
        .execute();
    });
  }

  /** The oldest first. */
  async listDue(now: number, limit: number): Promise<WebhookMessage[]> {
    const rows = await this.db
      .selectFrom('webhook_messages')
      .selectAll()
      .where('next_try_at', '<=', now)
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(({ id, message_id: messageId, body, attempts }) => ({ id, messageId, body, attempts }));
  }

  async postpone(id: number, attempts: number, nextTryAt: number): Promise<void> {
    await this.db
      .updateTable('webhook_messages')
      .set({ attempts, next_try_at: nextTryAt })
      .where('id', '=', id)
      .execute();
  }

  async delete(id: number): Promise<void> {
    await this.db.deleteFrom('webhook_messages').where('id', '=', id).execute();
  }
}
