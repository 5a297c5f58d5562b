import type { Migrations } from '../../database/index.ts';
import { createWebhook } from './0032-webhook.ts';

export const webhooksMigrations: Migrations = { '0032-webhook': createWebhook };
