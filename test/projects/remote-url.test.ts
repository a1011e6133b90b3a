import { test } from "tap";
import { readRemote } from "../../src/projects/remote-url.ts";

const strict = ["https", "ssh"];

test("a repository is named by https, ssh, or git@host:path", async (t) => {
  const names = {
    "https://example.com/team/site.git": "site",
    "https://example.com:8443/team/site/": "site",
    "ssh://git@example.com:2222/team/site.git": "site",
    "ssh://[::1]/site": "site",
    "git@example.com:team/site.git": "site",
    "git@example.com:site": "site",
  };
  for (const [url, name] of Object.entries(names)) t.match(readRemote(url, strict), { url, name });
  t.match(readRemote("Https://example.com/a", strict), { url: "https://example.com/a" });
});

test("a URL that git or ssh would take for something else is refused", async (t) => {
  const faults = {
    "": "bad-url",
    "--upload-pack=touch /tmp/x": "bad-url",
    "--upload-pack=x": "bad-url",
    "https://example.com/a\nb": "bad-url",
    "https://example.com/a b": "bad-url",
    "https://example.com/a\0": "bad-url",
    "https://example.com/ä": "bad-url",
    "https://example.com\\@evil.com/a": "bad-url",
    "https://": "bad-url",
    "https:///": "bad-url",
    "https://example.com/": "bad-url",
    "https://example.com/a?token=x": "bad-url",
    "https://example.com/a#b": "bad-url",
    "ssh://-oProxyCommand=x/a": "bad-url",
    "ssh://-l@example.com/a": "bad-url",
    "git@-oProxyCommand=x:a": "bad-url",
    "git@example.com:-x": "protocol",
    [`https://example.com/${"a".repeat(4000)}`]: "bad-url",
    "file:///etc": "protocol",
    "http://example.com/a": "protocol",
    "git://example.com/a": "protocol",
    "ext::sh -c touch% /tmp/x": "bad-url",
    "ext::sh": "protocol",
    "https::https://example.com/a": "protocol",
    "/etc": "protocol",
    "../site": "protocol",
    "you@example.com:a": "protocol",
    "git@example.com::a": "protocol",
  };
  for (const [url, fault] of Object.entries(faults)) t.equal(readRemote(url, strict), fault, url);
  t.equal(readRemote("git@example.com:a", ["https"]), "protocol");
});

test("a URL with a login in it is refused", async (t) => {
  for (const url of [
    "https://me:secret@example.com/a",
    "https://token@example.com/a",
    "https://:secret@example.com/a",
    "ssh://git:secret@example.com/a",
  ]) {
    t.equal(readRemote(url, strict), "credentials", url);
  }
});
