// This program uses types that are generated from the Broker's own OpenAPI document. A mistake of the document does not compile.
//
//   SCHEDULEZERO_API_KEY=szk_… node run-job.js SERVER METHOD PARAMS
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

declare const process: { argv: string[]; env: Record<string, string | undefined>; exit(code: number): never };

type Job = components["schemas"]["JobView"];

const [server = "", method = "", params = "{}"] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: server, headers: { authorization: `Bearer ${process.env.SCHEDULEZERO_API_KEY}` } });
const ns = "default";

function fail(what: unknown): never {
  console.log(`failed: ${JSON.stringify(what)}`);
  process.exit(1);
}

async function main(): Promise<void> {
  const submitted = await client.POST("/api/namespaces/{ns}/batches", {
    params: { path: { ns } },
    body: { name: "typed", jobs: [{ method, params: JSON.parse(params), retry: { maxAttempts: 2 }, timeout: "PT1M" }] },
  });
  const id: string = submitted.data?.batch?.id ?? fail(submitted.error);

  // Numbers, lists of enumerated words, and instants have types of their own.
  const query: NonNullable<paths["/api/namespaces/{ns}/jobs"]["get"]["parameters"]["query"]> = {
    batch: id, limit: 5, state: ["succeeded", "failed"], from: "2026-01-01T00:00:00Z",
  };
  let job: Job | undefined;
  for (const deadline = Date.now() + 60_000; job === undefined && Date.now() < deadline; ) {
    const listed = await client.GET("/api/namespaces/{ns}/jobs", { params: { path: { ns }, query } });
    job = (listed.data ?? fail(listed.error)).items[0];
  }

  if (job === undefined) {
    fail("The job did not end.");
  }

  // An optional id is a string, and no optional field may be null.
  const batch: string | undefined = job.batchId;
  const startedAt: string | undefined = job.startedAt;
  const error: components["schemas"]["AttemptError"] | undefined = job.error;
  if (batch !== id || startedAt === undefined || error !== undefined || job.state !== "succeeded") {
    fail(job);
  }

  // A refusal has a type too.
  const refused = await client.GET("/api/namespaces/{ns}/jobs/{id}", { params: { path: { ns, id: "nothing" } } });
  const code: string = refused.error?.code ?? fail(refused.data);

  // The document describes the header of a condition.
  const namespace = await client.GET("/api/namespaces/{ns}", { params: { path: { ns } } });
  const tag = namespace.response.headers.get("etag") ?? fail("The namespace has no ETag.");
  const stale = await client.PATCH("/api/namespaces/{ns}", { params: { path: { ns }, header: { "If-Match": "\"999\"" } }, body: { description: "stale" } });
  console.log(`done: ${job.state} ${batch} ${code} ${stale.response.status} ${tag.length > 2}`);
}

main().catch((e: unknown) => fail(String(e)));
