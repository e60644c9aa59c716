// The agent or the producer of a run with BullMQ, with the flags and lines of ScheduleZero's own agent and producer:
//   node bullmq.mjs agent --slots N --capacity N --out FILE
//   node bullmq.mjs producer --jobs N --producers N --rate N --warm-up N --out FILE
// BULLMQ is the folder of the package; PEER_SERVER is the port of Redis on this machine.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { writeFileSync } from 'node:fs';

const { Queue, Worker } = createRequire(`${process.env.BULLMQ}/`)('bullmq');
const [role, ...rest] = process.argv.slice(2);
const flag = (name) => rest[rest.indexOf(`--${name}`) + 1];
const number = (name) => Number(flag(name));
const connection = { host: '127.0.0.1', port: Number(process.env.PEER_SERVER), maxRetriesPerRequest: null };
const now = () => process.hrtime.bigint();
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function runJobs() {
  const started = new BigInt64Array(number('slots'));
  const times = new BigInt64Array(number('slots'));
  let [count, said] = [0, 0];
  const note = async (job) => {
    const which = job.data.number;
    started[which] ||= now();
    times[which]++;
    count++;
  };
  const worker = new Worker('jobs', note, { connection, concurrency: number('capacity') });
  worker.on('error', (error) => console.error(error.message));
  await worker.waitUntilReady();
  console.log('READY');
  setInterval(() => {
    if (count !== said) {
      console.log(`COUNT ${(said = count)}`);
    }
  }, 50);
  for await (const line of lines) {
    if (line === 'REPORT') {
      writeFileSync(flag('out'), Buffer.concat([started, times].map((array) => Buffer.from(array.buffer))));
      console.log('REPORTED');
    }
  }
}

async function postJobs() {
  const jobs = number('jobs');
  const all = jobs + number('warm-up');
  const begun = new BigInt64Array(all);
  const answered = new BigInt64Array(all);
  const queue = new Queue('jobs', { connection });
  const post = async (which) => {
    begun[which] = now();
    await queue.add('job', { number: which });
    answered[which] = now();
  };
  const postAll = (first, end) => {
    let next = first;
    const caller = async () => {
      while (next < end) {
        await post(next++);
      }
    };
    return Promise.all(Array.from({ length: number('producers') }, caller));
  };
  const postSlowly = async (rate) => {
    const posting = [];
    const start = performance.now();
    for (let i = 0; i < jobs; i++) {
      await new Promise((done) => setTimeout(done, start + ((i + 1) * 1000) / rate - performance.now()));
      posting.push(post(i));
    }
    await Promise.all(posting);
  };

  await queue.waitUntilReady();
  await postAll(jobs, all);
  console.log('READY');
  await lines.next();
  await (number('rate') > 0 ? postSlowly(number('rate')) : postAll(0, jobs));
  const arrays = [begun, answered].map((array) => Buffer.from(array.buffer, 0, jobs * 8));
  writeFileSync(flag('out'), Buffer.concat([...arrays, Buffer.alloc(jobs * 8)]));
  console.log('RESULT');
  await lines.next();
}

await (role === 'agent' ? runJobs() : postJobs());
process.exit();
