/** What opens a dashboard. */
import type { Random } from "../../base/clock.ts";

/** 192 random bits. */
export const newToken = (random: Random): string => Buffer.from(random.bytes(24)).toString("base64url");

/** `http://127.0.0.1:40123/?token=…` */
export const addressOf = (port: number, token: string): string => `http://127.0.0.1:${port}/?token=${token}`;
