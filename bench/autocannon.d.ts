/** The part of autocannon 9 that is used; the package has no types. */
declare module "autocannon" {
  interface Request {
    method: "POST";
    headers: Record<string, string>;
    body?: string;
  }
  interface Options {
    url: string;
    connections: number;
    /** Seconds. */
    duration: number;
    method: "POST";
    headers: Record<string, string>;
    requests: { setupRequest: (request: Request) => Request }[];
  }
  interface Result {
    "2xx": number;
    non2xx: number;
    errors: number;
    /** Seconds, as it was. */
    duration: number;
  }
  interface Run extends Promise<Result> {
    on(
      event: "response",
      listener: (client: unknown, status: number, bytes: number, milliseconds: number) => void,
    ): void;
  }
  export default function autocannon(options: Options): Run;
}
