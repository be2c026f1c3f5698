/** Calls the client of hey-api with its defaults, and believes what it returns. */
import { baseUrl, headers, run } from "../../typescript/src/caller.js";
import { client } from "../build/client/client.gen.js";
import { issueMultipleCoupons } from "../build/client/index.js";

client.setConfig({ baseUrl, headers });

await run(async (body) => {
  const { data, response, error } = await issueMultipleCoupons({ body });
  if (response?.ok !== false && data === undefined) throw error; // else the server answered that it failed
  return data?.coupons;
});
