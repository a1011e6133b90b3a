import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A key and its certificates, as PEM: for localhost, for another name, and for localhost, expired yesterday. */
export interface Certificates {
  key: string;
  own: string;
  other: string;
  expired: string;
}

let made: Certificates | undefined;

/** Why certificates cannot be made, for `skip`; false where they can. In CI nothing is skipped. */
export function opensslMissing(): string | false {
  if (process.env["CI"]) return false;
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return false;
  } catch {
    return "openssl is not installed";
  }
}

/** Makes them with openssl, once for all tests of a process; nothing stays on the disk. */
export function certificates(): Certificates {
  made ??= make();
  return made;
}

function make(): Certificates {
  const dir = mkdtempSync(join(tmpdir(), "switchboard-certificates-"));
  const openssl = (...args: string[]) =>
    execFileSync("openssl", args, {
      cwd: dir,
      stdio: ["ignore", "pipe", "pipe"],
      encoding: "utf8",
    });
  const certify = (name: string, days: number) => {
    const names = `subjectAltName=DNS:${name}${name === "localhost" ? ",IP:127.0.0.1" : ""}`;
    const about = ["-subj", `/CN=${name}`, "-addext", names, "-out", "request.pem"];
    openssl("req", "-new", "-key", "key.pem", ...about);
    const signing = ["-signkey", "key.pem", "-copy_extensions", "copy"];
    // Only `x509` takes a number of days that is not positive.
    return openssl("x509", "-req", "-in", "request.pem", ...signing, "-days", String(days));
  };
  try {
    const curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
    openssl("genpkey", ...curve, "-out", "key.pem");
    return {
      key: readFileSync(join(dir, "key.pem"), "utf8"),
      own: certify("localhost", 1),
      other: certify("other.example", 1),
      expired: certify("localhost", -1),
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
