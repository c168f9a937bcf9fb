// Reads a list of operations from stdin and answers with the list of their results, by Tencent's @wecom/crypto.
import { readFileSync } from "node:fs";
import { decrypt, encrypt, getJsApiSignature, getSignature } from "@wecom/crypto";

const operations = {
  sign: ({ token, timestamp, nonce, cipher }) => getSignature(token, timestamp, nonce, cipher),
  decrypt: ({ key, cipher }) => {
    const { message, id } = decrypt(key, cipher);
    return { message, id };
  },
  encrypt: ({ key, message, id }) => encrypt(key, message, id),
  jsapi: ({ url, ticket, nonceStr, timestamp }) => getJsApiSignature({ url, ticket, nonceStr, timestamp }).signature,
};

const given = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(given.map(({ operation, ...rest }) => operations[operation](rest))));
