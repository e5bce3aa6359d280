/**
 * What the server and a node's agent say to each other over their IPC channel.
 * The server opens listeners in the host's namespace and sends them over; the agent accepts inside the node.
 */
export type ToAgent =
  /** PEM; the first message, once the API server answers. */
  | { readonly type: "credentials"; readonly ca: string; readonly cert: string; readonly key: string }
  /** Comes with the listener's handle. */
  | { readonly type: "listen"; readonly id: string; readonly portId: string }
  /** Comes with a connection that was accepted before the listener could be handed over. */
  | { readonly type: "connection"; readonly portId: string }
  | { readonly type: "close"; readonly id: string }
  /** End in order; containers go on. */
  | { readonly type: "stop" };

export type ToServer =
  /** The node is registered, and DNS and the service proxy are in force. */
  | { readonly type: "ready"; readonly limits: readonly string[]; readonly proxy: string }
  /** The answer to `close`: the port is free. */
  | { readonly type: "closed"; readonly id: string }
  | { readonly type: "failed"; readonly message: string };
