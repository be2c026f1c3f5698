/** Makes the calls of standard input with the client of hey-api. Its response is not decoded: the text decides. */
import { headers, run } from "../../typescript/src/program.js";
import { createClient } from "../build/client/client/index.js";
import { issueMultipleCoupons } from "../build/client/index.js";

await run(async (call, kept) => {
  const client = createClient({ baseUrl: call.url, headers: headers(call), redirect: "manual", fetch: kept.fetch });
  const signal = AbortSignal.timeout(call.timeoutMs);
  await issueMultipleCoupons({ client, body: call.request, signal, parseAs: "stream" });
});
