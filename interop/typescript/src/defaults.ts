/** Calls the generated client with its defaults, and believes what it returns: a caller for `coupon-contract judge-caller`. */
import createClient from "openapi-fetch";
import type { paths } from "../build/coupon-api.js";

const env = process.env as Record<"COUPON_URL" | "COUPON_USER" | "COUPON_PASSWORD" | "COUPON_SERIES" | "COUPON_MOBILE" | "COUPON_COUNT", string>;
const count = Number(env.COUPON_COUNT);
const headers = { Authorization: `Basic ${Buffer.from(`${env.COUPON_USER}:${env.COUPON_PASSWORD}`).toString("base64")}` };
const client = createClient<paths>({ baseUrl: env.COUPON_URL, headers });

async function issued(): Promise<object> {
  try {
    const body = { seriesId: Number(env.COUPON_SERIES), customer: { mobile: env.COUPON_MOBILE }, count };
    const { data } = await client.POST("/v2/coupon/issue/multiple", { body });
    const codes = (data?.coupons ?? []).map(({ code }) => code);
    return { end: codes.length === count ? "issued" : codes.length > 0 ? "partly-issued" : "nothing-issued", codes };
  } catch {
    return { end: "unknown" };
  }
}

for (let calls = Number(process.env["COUPON_CALLS"] ?? 1); calls > 0; calls--) console.log(JSON.stringify(await issued()));
