export { Webhook } from './webhook.ts';
export { WebhooksConfig } from './webhooks.config.ts';
export { WebhooksModule } from './webhooks.module.ts';
export { webhooksMigrations } from './migrations/index.ts';
