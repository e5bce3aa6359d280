import { readFileSync } from "node:fs";

/** TCP ports that some program of this machine listens at, at whatever address; none where the system does not tell. */
export function listeningPorts(): number[] {
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => {
    let text: string;
    try {
      text = readFileSync(file, "latin1");
    } catch {
      return [];
    }
    // `  0: 0100007F:1F90 00000000:0000 0A …`: local address and port, the other end's, and the state that is LISTEN.
    return [...text.matchAll(/^ *\d+: [0-9A-F]+:([0-9A-F]{4}) \S+ 0A /gm)].map(([, port = ""]) =>
      Number.parseInt(port, 16),
    );
  });
}
