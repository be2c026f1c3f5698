/** Makes the calls that interop/program.py tells it, one JSON a line, each once, and reports the end of each. */
import { createInterface } from "node:readline";
import createClient from "openapi-fetch";
import type { components, paths } from "../build/coupon-api.js";
import { outcome, sameCustomer, sameExternalId } from "./outcome.js";

type Request = components["schemas"]["IssuanceRequest"];
type Call = { name: string; url: string; user: string; password: string; timeoutMs: number; request: Request };
type Pair = { name: string; left: string; right: string };

async function issue({ name, url, user, password, timeoutMs, request }: Call): Promise<object> {
  const headers = { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
  const client = createClient<paths>({ baseUrl: url, headers, redirect: "manual" });
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const { data, response } = await client.POST("/v2/coupon/issue/multiple", { body: request, signal });
    const { coupons, ...end } = { coupons: [], ...outcome(response.status, data, request.count ?? 1) };
    const seen = { discountType: data?.couponConfig?.discountType, sameCustomer: sameCustomer(data?.customer, request.customer) };
    return { name, ...end, codes: coupons.map((coupon) => coupon.code), ...(coupons.length ? seen : {}) };
  } catch (error) {
    return { name, end: "outcome-unknown", codes: [], why: (error as Error).name }; // the message may quote the answer
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const call = JSON.parse(line) as Call | Pair;
  const report = "left" in call ? { name: call.name, same: sameExternalId(call.left, call.right) } : await issue(call);
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
