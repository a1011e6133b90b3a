import { parse } from "../yaml.ts";

/** A service of a compose file, as far as it is looked at. */
export interface Service {
  image?: string;
  build?: object;
  command?: string[];
  network_mode?: string;
  depends_on?: object;
  environment?: Record<string, string>;
  env_file?: unknown;
  stop_grace_period?: string;
  cap_drop?: string[];
  /** `source:target`, or the same in words. */
  volumes?: (string | { source: string; target: string })[];
}

/** A compose file. */
export interface Compose {
  services: { switchboard?: Service; caddy?: Service; pull?: Service };
  volumes: Record<string, unknown>;
}

/** Reads a compose file. @throws where it is no YAML. */
export function readCompose(text: string): Compose {
  return parse(text) as Compose;
}

/** Where a service's named volumes appear in its container. */
export function namedVolumes(service: Service | undefined): string[] {
  return (service?.volumes ?? []).flatMap((volume) => {
    const [name = "", target = ""] = typeof volume === "string" ? volume.split(":") : [];
    return name === "" || name.startsWith(".") ? [] : [target];
  });
}
