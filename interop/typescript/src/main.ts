/** Makes the calls that interop/program.py tells it, one JSON a line, each once, and reports the end of each. */
import { createInterface } from "node:readline";
import createClient from "openapi-fetch";
import type { components, paths } from "../build/coupon-api.js";
import { outcome, type Outcome, sameCustomer, sameExternalId } from "./outcome.js";

type Request = components["schemas"]["IssuanceRequest"];
type Call = { name: string; url: string; user: string; password: string; timeoutMs: number; request: Request };
type Pair = { name: string; left: string; right: string };
type Response200 = { name: string; status: number; requested: number; body: string };

async function issue({ name, url, user, password, timeoutMs, request }: Call): Promise<object> {
  let status = 0;
  let body = new Uint8Array();
  let whole = true;
  const headers = { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`, "Accept-Encoding": "identity" };
  const kept = async (sent: globalThis.Request) => {
    const response = await fetch(sent);
    status = response.status;
    whole = !response.headers.has("content-encoding"); // fetch unpacks it, and says nothing of several members
    body = new Uint8Array(await response.clone().arrayBuffer());
    return response;
  };
  const client = createClient<paths>({ baseUrl: url, headers, redirect: "manual", fetch: kept });
  try {
    await client.POST("/v2/coupon/issue/multiple", { body: request, signal: AbortSignal.timeout(timeoutMs), parseAs: "stream" });
  } catch (error) {
    return { name, end: "outcome-unknown", codes: [], why: (error as Error).name }; // the message may quote the response
  }
  const end = outcome(status, body, request.count ?? 1, whole);
  const issued = end.end === "issued" || end.end === "partly-issued";
  return { ...report(name, end), ...(issued ? { sameCustomer: sameCustomer(end, request.customer) } : {}) };
}

function report(name: string, end: Outcome): object {
  return {
    name,
    end: end.end,
    status: end.status,
    missing: end.missing,
    codes: end.coupons.map(({ code }) => code),
    ids: end.coupons.map(({ id }) => id ?? null),
    errors: end.errors,
    warnings: end.warnings,
    why: end.why,
    discountType: end.value("couponConfig", "discountType"),
    details: {
      discountValue: end.value("couponConfig", "discountValue"),
      fixedExpiryDate: end.value("couponConfig", "fixedExpiryDate"),
      autoUpdateTime: end.value("customer", "profiles", 0, "autoUpdateTime"),
    },
  };
}

async function answered(told: Call | Pair | Response200): Promise<object> {
  if ("left" in told) return { name: told.name, same: sameExternalId(told.left, told.right) };
  if ("body" in told) return report(told.name, outcome(told.status, Buffer.from(told.body, "base64"), told.requested));
  return issue(told);
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answered(JSON.parse(line) as Call | Pair | Response200))}\n`);
}
