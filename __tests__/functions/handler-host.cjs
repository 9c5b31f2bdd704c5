// Runs deployed handlers in a process of their own: takes {path, event}, answers {result} or {error}.
process.on("message", async ({ path, event, remainingMs = 60_000 }) => {
  const end = Date.now() + remainingMs;
  const context = { getRemainingTimeInMillis: () => end - Date.now() };
  try {
    process.send({ result: await require(path).handler(event, context) });
  } catch (error) {
    process.send({ error: { name: error.name, message: error.message } });
  }
});
