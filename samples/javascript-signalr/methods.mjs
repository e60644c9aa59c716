// The methods that handler.mjs offers: name -> async function of params and job.

/** Thrown when trying again cannot help: the job fails at once. */
export class Permanent extends Error {}

// Thrown when trying again helps only after a while, in place of the job's backoff.
export class TryLater extends Error {
  constructor(message, seconds) {
    super(message);
    this.seconds = seconds;
  }
}

export const methods = {
  "text.reverse": async ({ text }) => {
    if (typeof text !== "string") {
      throw new Permanent("text: a string is expected");
    }
    return { text: [...text].reverse().join("") };
  },

  "slow.count": async ({ to }, job) => {
    for (let step = 1; step <= to; step++) {
      await job.pause(500); // ends at once, by an exception, when the job is cancelled
      job.progress((100 * step) / to, `at ${step}`);
      if (step % 4 === 0) {
        job.log(`counted to ${step}`);
      }
    }
    return { counted: to };
  },

  flaky: async (_, job) => {
    if (job.attempt === 1) {
      throw new Error("the first attempt always fails");
    }
    return { attempt: job.attempt };
  },
};
