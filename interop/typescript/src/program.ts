/**
 * Makes the calls that standard input tells it, one JSON a line, each once, and reports the end of each. A generated
 * client sends; the text of the response decides.
 */
import { createInterface } from "node:readline";
import { outcome, type Outcome, sameCustomer, sameExternalId } from "./outcome.js";

export type IssuanceRequest = {
  seriesId: number;
  count?: number;
  customer: { mobile?: string; email?: string; externalId?: string };
  metadata?: Record<string, string>;
};
export type Call = { name: string; url: string; user: string; password: string; timeoutMs: number; request: IssuanceRequest };
type Pair = { name: string; left: string; right: string };
type Response200 = { name: string; status: number; requested: number; body: string };

/** The text of a response, kept whatever the generated client makes of it. */
export class Kept {
  status = 0;
  whole = false;
  readonly parts: Uint8Array[] = []; // of the body: they stay when the rest is lost, and may name coupons

  /** A `fetch` that keeps the bytes. */
  readonly fetch = async (request: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const response = await fetch(request, init);
    this.status = response.status;
    for await (const part of response.clone().body ?? []) this.parts.push(part);
    this.whole = !response.headers.has("content-encoding"); // fetch unpacks it, and says nothing of several members
    return response;
  };
}

/** The headers of a call: fetch asks for gzip unless it is told not to. */
export function headers({ user, password }: { user: string; password: string }): Record<string, string> {
  return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`, "Accept-Encoding": "identity" };
}

/** Reports the end of every call of the standard input; `send` makes a call with the generated client. */
export async function run(send: (call: Call, kept: Kept) => Promise<unknown>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answered(JSON.parse(line) as Call | Pair | Response200, send))}\n`);
  }
}

async function answered(told: Call | Pair | Response200, send: (call: Call, kept: Kept) => Promise<unknown>): Promise<object> {
  if ("left" in told) return { name: told.name, same: sameExternalId(told.left, told.right) };
  if ("body" in told) return report(told.name, outcome(told.status, Buffer.from(told.body, "base64"), told.requested));
  const kept = new Kept();
  try {
    await send(told, kept);
  } catch {
    // Lost, late or cut, or nothing that the generated client can read; the message may quote the response.
  }
  const end = outcome(kept.status, Buffer.concat(kept.parts), told.request.count ?? 1, kept.whole);
  const issued = end.end === "issued" || end.end === "partly-issued";
  return { ...report(told.name, end), ...(issued ? { sameCustomer: sameCustomer(end, told.request.customer) } : {}) };
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
