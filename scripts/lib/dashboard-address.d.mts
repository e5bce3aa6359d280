import type { ChildProcess } from "node:child_process";

export function addressIn(text: string): string | undefined;
export function printedAddress(child: ChildProcess): Promise<string>;
