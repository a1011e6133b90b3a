import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";
import { test, type Test } from "tap";
import { tempDir } from "../support/app.ts";
import { git, gitMissing, projectsIn, repository } from "../support/git.ts";

/** Why these tests cannot run here; false when they can. In CI they always must. */
function missing(): string | false {
  if (process.env["CI"] || gitMissing()) return gitMissing();
  try {
    execFileSync("openssl", ["version"]);
    return false;
  } catch {
    return "openssl is not installed";
  }
}

const skip = missing();

/** A web server on loopback with a certificate of its own and `site.git` as plain files. */
async function webServer(t: Test) {
  const dir = tempDir(t);
  const [key, certificate] = [join(dir, "key.pem"), join(dir, "certificate.pem")];
  const words =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost";
  const names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate];
  execFileSync("openssl", words.split(" ").concat(names), { stdio: "pipe" });
  git(dir, "clone", "--quiet", "--bare", repository(join(dir, "site")), "site.git");
  git(join(dir, "site.git"), "update-server-info");
  const files = { key: readFileSync(key), cert: readFileSync(certificate) };
  const server = createServer(files, (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "https://localhost");
    if (pathname.startsWith("/private")) {
      response.writeHead(401, { "WWW-Authenticate": 'Basic realm="x"' }).end();
    } else if (pathname.startsWith("/elsewhere")) {
      response.writeHead(302, { Location: "http://127.0.0.1:1/site.git/info/refs" }).end();
    } else {
      try {
        response.end(readFileSync(join(dir, normalize(pathname))));
      } catch {
        response.writeHead(404).end();
      }
    }
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `https://localhost:${port}`, certificate };
}

test(
  "a repository is cloned over https, and only from a server that proves who it is",
  { skip },
  async (t) => {
    const { url, certificate } = await webServer(t);
    const trusting = projectsIn(t, { env: { GIT_SSL_CAINFO: certificate } });
    const cloned = await trusting.projects.clone(`${url}/site.git`);
    t.match(cloned, { kind: "cloned", name: "site" });
    t.equal(readFileSync(join(trusting.workspaceDir, "site", "file"), "utf8"), "one\n");
    const strict = projectsIn(t);
    t.same(await strict.projects.clone(`${url}/site.git`), { kind: "failed", reason: "failed" });
    t.match(strict.kept.lines.join(""), /certificate/);
    t.same(readdirSync(strict.workspaceDir), []);
  },
);

test(
  "a server's refusal is told apart, and nobody is asked for a password",
  { skip },
  async (t) => {
    const { url, certificate } = await webServer(t);
    const { projects, kept } = projectsIn(t, { env: { GIT_SSL_CAINFO: certificate } });
    const reasons = { "/private/a": "no-access", "/none/a": "not-found", "/elsewhere/a": "failed" };
    for (const [path, reason] of Object.entries(reasons)) {
      t.same(await projects.clone(url + path), { kind: "failed", reason }, path);
    }
    t.match(kept.lines.at(-1), /protocol.*http/i, "https is not left");
  },
);
