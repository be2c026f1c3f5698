/** Tells the outcomes of an issuance apart. Copy this: the generated types say what an answer should be, not what it is. */
import type { components } from "../build/coupon-api.js";

type Schemas = components["schemas"];
export type Coupon = Schemas["Coupon"];

export type Outcome =
  | { end: "issued" | "partly-issued"; coupons: Coupon[]; missing: number; errors: number[]; warnings: number[] }
  | { end: "refused"; errors: number[]; warnings: number[] }
  | { end: "rejected" | "not-authenticated"; status: number }
  | ({ end: "outcome-unknown"; why: string } & Named);

/** What an answer names; all empty where it could not be read. */
type Named = { coupons: Coupon[]; errors: number[]; warnings: number[] };

/** Statuses that the document says issue nothing. */
const REJECTED = [400, 403, 405, 415, 429];

/** Codes of errors that prove that nothing was issued; no other code does. */
const CERTAIN_REFUSALS = [677, 701, 707, 709, 712, 713, 742, 755, 756, 777, 5001, 5002, 5004, 5005];

/** Codes with which coupons were or may have been issued. As warnings they contradict a refusal. */
const ISSUED_OR_IN_DOUBT = [
  500, 510, 621, 626, 629, 678, 679, 687, 700, 702, 704, 722, 724, 730, 731,
  748, 786, 787, 789, 790, 791, 792, 793, 794, 796, 797, 798, 5006,
];

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
  const named = { coupons: (coupons ?? []).filter(isCoupon), errors: errors ?? [], warnings: warnings ?? [] };
  if (!coupons?.length) {
    if (successCount) return unknown("coupons were counted and not named", named);
    if (!errors?.length || !warnings) return unknown("neither coupons nor a reason", named);
    const proven = errors.every((code) => CERTAIN_REFUSALS.includes(code));
    if (!proven || warnings.some((code) => ISSUED_OR_IN_DOUBT.includes(code))) {
      return unknown("no coupons, and a code that does not prove a refusal", named);
    }
    return { end: "refused", errors, warnings };
  }
  if (!coupons.every(isCoupon)) return unknown("a coupon cannot be read", named);
  if (new Set(coupons.map(({ code }) => code)).size < coupons.length) return unknown("a coupon is named twice", named);
  const [total, issued] = [totalCount ?? asked, successCount ?? coupons.length];
  if (issued > asked || total !== asked || issued !== coupons.length || (failureCount ?? total - issued) !== total - issued) {
    return unknown("the counts contradict the coupons", named);
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

function unknown(why: string, named: Named = { coupons: [], errors: [], warnings: [] }): Outcome {
  return { end: "outcome-unknown", why, ...named };
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
