/** Makes the calls of standard input with openapi-fetch. Its response is not decoded: the text decides. */
import createClient from "openapi-fetch";
import type { paths } from "../build/coupon-api.js";
import { headers, run } from "./program.js";

await run(async (call, kept) => {
  const client = createClient<paths>({ baseUrl: call.url, headers: headers(call), redirect: "manual", fetch: kept.fetch });
  const signal = AbortSignal.timeout(call.timeoutMs);
  await client.POST("/v2/coupon/issue/multiple", { body: call.request, signal, parseAs: "stream" });
});
