import { configSlice, text } from '../config/index.ts';

export class WebhooksConfig extends configSlice(
  {
    title: 'Webhook',
    note: 'A request to a URL of yours whenever a job has ended, signed as [Standard Webhooks](https://www.standardwebhooks.com) describes. See [operations.md](operations.md#a-webhook).',
  },
  {
    WEBHOOK_URL: text({
      values: 'an http or https URL',
      meaning:
        'Where the server sends a POST when a job has ended. It must be one that downloads may reach, too: a public address, on one of `DOWNLOAD_PORTS`.',
    }),
    WEBHOOK_SECRET: text({
      values: '`whsec_` and 24 to 64 bytes in Base64',
      meaning: 'What the requests are signed with. Required with `WEBHOOK_URL`.',
    }),
  },
) {}
