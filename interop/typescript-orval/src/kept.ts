/** The mutator of orval.config.js: sends in place of the `fetch` of the generated client, which would decode. */
import type { Kept } from "../../typescript/src/program.js";

type Options = RequestInit & { kept?: Kept };

export async function kept<T>(url: string, { kept, ...init }: Options): Promise<T> {
  if (kept === undefined) throw new Error("pass `kept`: the text of the response decides");
  return { data: undefined, status: (await kept.fetch(url, init)).status } as T;
}
