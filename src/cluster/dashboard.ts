/**
 * The cluster's own dashboard, in the server's process: a listener from the start, and all else when somebody comes.
 * Most clusters are never looked at; theirs costs a socket.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Random } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { addressOf, newToken } from "../cli/dashboard/token.ts";
import type { Pki } from "../server/pki/pki.ts";
import { type ClusterPaths, clusterPaths } from "./paths.ts";
import type { ClusterRecord } from "./record.ts";

export interface ClusterDashboardOptions {
  readonly cluster: string;
  readonly paths: Pick<ClusterPaths, "dashboardToken" | "socket">;
  /** The one from last time; another one is taken when it is not free. */
  readonly port: number | undefined;
  /** `https://127.0.0.1:6443` */
  readonly server: string;
  readonly pki: Pick<Pki, "ca" | "admin">;
  readonly env: NodeJS.ProcessEnv;
  readonly random: Random;
  readonly logger: Logger;
}

export interface ClusterDashboard {
  readonly port: number;
  close(): void;
}

/** Where it is opened; undefined when the cluster has none. */
export function dashboardAddress({ name, dashboardPort }: ClusterRecord, env: NodeJS.ProcessEnv): string | undefined {
  const { dashboardToken } = clusterPaths(name, env);
  if (dashboardPort === undefined || !existsSync(dashboardToken)) return undefined;
  return addressOf(dashboardPort, readFileSync(dashboardToken, "utf8").trim());
}

/** The token lasts as long as the cluster's data: an open page stays open when the server is started again. */
function tokenIn(file: string, random: Random): string {
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  const token = newToken(random);
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  return token;
}

export async function serveDashboard(options: ClusterDashboardOptions): Promise<ClusterDashboard> {
  const { paths, random, logger } = options;
  const token = tokenIn(paths.dashboardToken, random);
  const open = new Set<Socket>();
  const listener = createServer({ pauseOnConnect: true });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      listener.once("error", reject);
      listener.listen({ host: "127.0.0.1", port }, () => {
        listener.off("error", reject);
        resolve();
      });
    });
  await listen(options.port ?? 0).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE") throw error;
    return listen(0);
  });
  const { port } = listener.address() as AddressInfo;
  let rest: { close(): void } | undefined;

  const load = async () => {
    const [{ createServer: createHttpServer }, { createRestClient }, { answer }, { languageOf }, { builtPage }] =
      await Promise.all([
        import("node:http"),
        import("../client/http/rest.ts"),
        import("../cli/dashboard/server.ts"),
        import("../cli/dashboard/info.ts"),
        import("../cli/dashboard/page.ts"),
      ]);
    const { ca, admin } = options.pki;
    const client = await createRestClient({
      server: options.server,
      socketPath: paths.socket,
      tlsServerName: "kubernetes",
      ca,
      ...admin,
      userAgent: "wherry-dashboard",
    });
    rest = client;
    const language = languageOf(options.env);
    const { cluster } = options;
    const target = { context: cluster, cluster, namespace: "default", ...(language ? { language } : {}) };
    const http = createHttpServer();
    answer(http, { rest: client, target, page: builtPage, token, random, logger }, port);
    return http;
  };
  let loading: ReturnType<typeof load> | undefined;

  listener.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    socket.on("error", () => {});
    loading ??= load();
    loading.then(
      (http) => {
        if (socket.destroyed) return;
        http.emit("connection", socket);
        socket.resume();
      },
      (error: unknown) => {
        logger.error("the dashboard cannot be served", { error });
        loading = undefined;
        socket.destroy();
      },
    );
  });
  return {
    port,
    close() {
      listener.close();
      for (const socket of open) socket.destroy();
      rest?.close();
    },
  };
}
