// Runs deployed handlers for bundles.test.ts: takes {path, event}, answers {result} or {error}.
const context = { getRemainingTimeInMillis: () => 60_000 };

process.on("message", async ({ path, event }) => {
  try {
    process.send({ result: await require(path).handler(event, context) });
  } catch (error) {
    process.send({ error: { name: error.name, message: error.message } });
  }
});
