import { isIP } from "node:net";
import { connect } from "node:tls";

/** What a server's certificate says. */
export interface Certificate {
  /** When it ends; milliseconds since the epoch. */
  validTo: number;
  issuer: string;
}

/**
 * Connects by TLS as Telegram does, and checks the certificate as Node does.
 * @throws the system's or TLS's error, with its code.
 */
export function certificateOf(
  { host, port }: { host: string; port: number },
  { ca, signal }: { ca: string | undefined; signal: AbortSignal },
): Promise<Certificate> {
  return new Promise((resolve, reject) => {
    const options = {
      host,
      port,
      ...(isIP(host) === 0 && { servername: host }),
      ...(ca && { ca }),
    };
    const socket = connect(options, () => {
      const { valid_to: validTo, issuer } = socket.getPeerCertificate();
      socket.destroy();
      resolve({ validTo: Date.parse(validTo), issuer: String(issuer.O ?? issuer.CN) });
    });
    signal.addEventListener("abort", () => socket.destroy(new Error("aborted")), { once: true });
    socket.on("error", reject);
  });
}

/** Says what is wrong with a certificate, by the code of Node's error; undefined for another error. */
export function certificateFault(code: string): string | undefined {
  const known = Object.entries(faults).find(([pattern]) => new RegExp(pattern).test(code));
  return known?.[1];
}

// Codes of OpenSSL and of Node's TLS.
const faults = {
  "^CERT_HAS_EXPIRED$": "the certificate has expired: Caddy's log says why it did not get another",
  "^CERT_NOT_YET_VALID$": "the certificate is not valid yet: is this machine's clock right?",
  "^ERR_TLS_CERT_ALTNAME_INVALID$":
    "the certificate is for another name: set SWITCHBOARD_DOMAIN to the name in PUBLIC_URL, and restart Caddy",
  "SELF_SIGNED|^UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)":
    "the certificate is not signed by anyone that Telegram trusts: have Caddy get one, or send the whole chain",
  "^ERR_SSL_.*INTERNAL_ERROR|ALERT_INTERNAL":
    "the server has no certificate for this name: set SWITCHBOARD_DOMAIN to the name in PUBLIC_URL; " +
    "Caddy's log says why it did not get one",
  "^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH)|^EPROTO$":
    "the server does not speak TLS there: give that port to Caddy",
  "CERT|^ERR_(TLS|SSL)_": "the certificate is not accepted: Caddy's log says more",
};
