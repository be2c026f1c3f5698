/** Makes of a generated client a caller for `coupon-contract judge-caller`, which believes what the client returns. */

const env = process.env as Record<"COUPON_URL" | "COUPON_USER" | "COUPON_PASSWORD" | "COUPON_SERIES" | "COUPON_MOBILE" | "COUPON_COUNT", string>;
const count = Number(env.COUPON_COUNT);

export const baseUrl = env.COUPON_URL;
export const headers = { Authorization: `Basic ${Buffer.from(`${env.COUPON_USER}:${env.COUPON_PASSWORD}`).toString("base64")}` };
const request = { seriesId: Number(env.COUPON_SERIES), customer: { mobile: env.COUPON_MOBILE }, count };

type Coupon = { code: string; couponId: number };

/** Makes the calls and reports each; `issue` returns the coupons of the response, or throws when there is none. */
export async function run(issue: (body: typeof request) => Promise<Coupon[] | undefined>): Promise<void> {
  for (let calls = Number(process.env["COUPON_CALLS"] ?? 1); calls > 0; calls--) console.log(JSON.stringify(await report(issue)));
}

async function report(issue: (body: typeof request) => Promise<Coupon[] | undefined>): Promise<object> {
  try {
    const coupons = (await issue(request)) ?? [];
    const end = coupons.length === count ? "issued" : coupons.length > 0 ? "partly-issued" : "nothing-issued";
    return { end, codes: coupons.map(({ code }) => code), ids: coupons.map(({ couponId }) => String(couponId)) };
  } catch {
    return { end: "unknown" };
  }
}
