import type { Service, ServicePort } from "../generated/types.ts";
import { keyOf } from "../kind.ts";

/**
 * `namespace/name:port`, the id by which the proxies and the ways in from the host speak of one Service port; an unnamed
 * port is named by its number.
 */
export const servicePortId = (service: Service, port: ServicePort): string =>
  `${keyOf(service)}:${port.name ?? port.port}`;
