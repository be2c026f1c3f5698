/** Tells the outcomes of an issuance apart. Copy this: the generated types say what an answer should be, not what it is. */
import type { components } from "../build/coupon-api.js";

type Schemas = components["schemas"];
export type Coupon = Schemas["Coupon"];

export type Outcome =
  | { end: "issued" | "partly-issued"; coupons: Coupon[]; missing: number; errors: number[]; warnings: number[] }
  | { end: "refused"; errors: number[]; warnings: number[] }
  | { end: "rejected" | "not-authenticated"; status: number }
  | { end: "outcome-unknown"; why: string };

/** Statuses that the document says issue nothing. */
const REJECTED = [400, 403, 405, 415, 429];

/**
 * The outcome of one call. `outcome-unknown` means that coupons may exist: read back before you call again.
 *
 * @param status the HTTP status
 * @param answer the body as it was parsed, undefined when it could not be
 * @param asked how many coupons the request asked for; 1 when it left the count out
 */
export function outcome(status: number, answer: unknown, asked: number): Outcome {
  if (status === 401) return { end: "not-authenticated", status };
  if (REJECTED.includes(status)) return { end: "rejected", status };
  if (status !== 200) return unknown(`HTTP ${status}`);
  if (!isAnswer(answer)) return unknown("the answer cannot be read");
  const { coupons, totalCount, successCount, failureCount } = answer;
  const [errors, warnings] = [codes(answer.errors), codes(answer.warnings)];
  if (!coupons?.length) {
    if (successCount) return unknown("coupons were counted and not named");
    return errors?.length && warnings ? { end: "refused", errors, warnings } : unknown("neither coupons nor a reason");
  }
  if (!coupons.every(isCoupon)) return unknown("a coupon cannot be read");
  if (new Set(coupons.map(({ code }) => code)).size < coupons.length) return unknown("a coupon is named twice");
  const [total, issued] = [totalCount ?? asked, successCount ?? coupons.length];
  if (issued > asked || total !== asked || issued !== coupons.length || (failureCount ?? total - issued) !== total - issued) {
    return unknown("the counts contradict the coupons");
  }
  const missing = asked - issued;
  const end = missing ? "partly-issued" : "issued";
  return { end, coupons, missing, errors: errors ?? [], warnings: warnings ?? [] };
}

/** Whether the answer names the customer that was asked for. External ids may come back padded with zeros. */
export function sameCustomer(customer: Schemas["Customer"] | undefined, asked: Schemas["CustomerReference"]): boolean {
  const identifiers = customer?.profiles?.flatMap((profile) => profile.identifiers ?? []) ?? [];
  return identifiers.some(({ type, value }) => {
    if (type === "externalId") return asked.externalId !== undefined && sameExternalId(value, asked.externalId);
    return (type === "mobile" || type === "email") && value === asked[type];
  });
}

export function sameExternalId(left: string, right: string): boolean {
  return left.replace(/^0+/, "") === right.replace(/^0+/, "");
}

function unknown(why: string): Outcome {
  return { end: "outcome-unknown", why };
}

function isAnswer(value: unknown): value is Partial<Schemas["IssuanceResponse"]> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const coupons = (value as { coupons?: unknown }).coupons ?? [];
  return Array.isArray(coupons);
}

function isCoupon(value: unknown): value is Coupon {
  return typeof value === "object" && value !== null && "code" in value && typeof value.code === "string" && value.code !== "";
}

/** The codes of errors or warnings, documented or not; undefined when one cannot be read. */
function codes(entries: unknown): number[] | undefined {
  if (entries === undefined || entries === null) return [];
  if (!Array.isArray(entries)) return undefined;
  const found: unknown[] = entries.map((entry: { code?: unknown } | null) => entry?.code);
  return found.every((code): code is number => Number.isInteger(code)) ? found : undefined;
}
