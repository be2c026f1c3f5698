/** Makes the calls of standard input with the client of orval. Its response is not decoded: the text decides. */
import { headers, run } from "../../typescript/src/program.js";
import { issueMultipleCoupons } from "../build/client/kept.js";

await run(async (call, kept) => {
  process.env["COUPON_URL"] = call.url;
  const signal = AbortSignal.timeout(call.timeoutMs);
  await issueMultipleCoupons(call.request, { headers: headers(call), redirect: "manual", signal, kept });
});
