/** Calls the client of orval with its defaults, and believes what it returns. */
import { headers, run } from "../../typescript/src/caller.js";
import { issueMultipleCoupons } from "../build/client/defaults.js";

await run(async (body) => {
  const response = await issueMultipleCoupons(body, { headers });
  return response.status === 200 ? response.data.coupons : undefined;
});
