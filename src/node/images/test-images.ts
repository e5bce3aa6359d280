import { pack } from "tar-stream";

/** A member of an archive that a test makes. */
export interface TestMember {
  readonly name: string;
  readonly type?: "file" | "directory" | "symlink" | "link";
  readonly content?: string | Uint8Array;
  readonly linkname?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly mode?: number;
}

export async function tarOf(members: readonly TestMember[]): Promise<Buffer> {
  const archive = pack();
  const chunks: Buffer[] = [];
  const reading = (async () => {
    for await (const chunk of archive) chunks.push(chunk as Buffer);
  })();
  for (const { content, ...header } of members)
    await new Promise<void>((resolve, reject) => {
      archive.entry({ ...header }, Buffer.from(content ?? ""), (error) => (error ? reject(error) : resolve()));
    });
  archive.finalize();
  await reading;
  return Buffer.concat(chunks);
}
