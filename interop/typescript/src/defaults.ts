/** Calls openapi-fetch with its defaults, and believes what it returns. */
import createClient from "openapi-fetch";
import type { paths } from "../build/coupon-api.js";
import { baseUrl, headers, run } from "./caller.js";

const client = createClient<paths>({ baseUrl, headers });

await run(async (body) => (await client.POST("/v2/coupon/issue/multiple", { body })).data?.coupons);
