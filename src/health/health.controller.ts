import { Controller, Get, Header, Res } from '@nestjs/common';
import type { Response } from 'express';
import { HealthService } from './health.service.ts';

@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  /** The process is running. Restart it if this fails. */
  @Get('live')
  @Header('Cache-Control', 'no-store')
  live(): { status: string } {
    return { status: 'ok' };
  }

  /** Requests can be answered. Send none while this returns 503. */
  @Get('ready')
  @Header('Cache-Control', 'no-store')
  async ready(@Res({ passthrough: true }) response: Response) {
    const { ready, dependencies } = await this.health.readiness();
    response.status(ready ? 200 : 503);
    return { status: ready ? 'ok' : 'unavailable', dependencies };
  }
}
