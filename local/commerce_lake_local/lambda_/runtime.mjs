// The Lambda runtime of one execution environment: loads the handler, then runs one invocation after another.
//
// Standard input brings one invocation a line: {"context": {...}, "event": ...}. Standard output carries what the
// function prints, and frames: NUL, the token of argv[2], a tab, a JSON header, a tab, the payload as JSON, a newline.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { format } from "node:util";

const token = process.argv[2];
const root = process.env.LAMBDA_TASK_ROOT;
const write = process.stdout.write.bind(process.stdout);
let requestId = "";

/** Paths as they are on Lambda: what a function prints must not depend on this machine. */
const asDeployed = (text) =>
  String(text)
    .replaceAll(root, "/var/task")
    .replaceAll(import.meta.filename, "/var/runtime/index.mjs");

/** In bytes. (The maximum that the system accounts to a process begins with that of the process which started it.) */
function peakMemory() {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1024;
  } catch {
    return process.memoryUsage.rss(); // No Linux: what it is now.
  }
}

function send(header, payload) {
  write(`\0${token}\t${JSON.stringify({ ...header, memory: peakMemory() })}\t${payload}\n`);
}

function describe(thrown, type) {
  if (!(thrown instanceof Error)) {
    return { errorType: type ?? typeof thrown, errorMessage: asDeployed(format("%s", thrown)), trace: [] };
  }
  return {
    errorType: type ?? thrown.name,
    errorMessage: asDeployed(type ? `${thrown.name}: ${thrown.message}` : thrown.message),
    trace: asDeployed(thrown.stack ?? thrown).split("\n"),
  };
}

function fail(error, title, header = {}) {
  log("ERROR", `${title}\t${JSON.stringify(error)}`);
  send({ ...header, error: true }, JSON.stringify(error));
}

function log(level, ...values) {
  // One event in CloudWatch Logs a call: line breaks inside it travel as carriage returns.
  const text = format(...values).replaceAll("\n", "\r");
  write(`${new Date().toISOString()}\t${requestId || "undefined"}\t${level}\t${text}\n`);
}

for (const [method, level] of Object.entries({
  trace: "TRACE",
  debug: "DEBUG",
  log: "INFO",
  info: "INFO",
  warn: "WARN",
  error: "ERROR",
})) {
  console[method] = (...values) => log(level, ...values);
}

async function load() {
  const [, path, name] = /^(.*)\.([^.]+)$/.exec(process.env._HANDLER) ?? [];
  if (!path) throw initError("Runtime.MalformedHandlerName", `Bad handler ${process.env._HANDLER}`);
  const file = [".js", ".mjs", ".cjs"].map((extension) => join(root, path + extension)).find(existsSync);
  if (!file) throw initError("Runtime.ImportModuleError", `Error: Cannot find module '${path}'`);
  const module = await import(pathToFileURL(file).href).catch((cause) => {
    throw Object.assign(cause instanceof Error ? cause : new Error(format("%s", cause)), {
      initType: importErrorType(cause),
    });
  });
  const handler = module[name] ?? module.default?.[name];
  if (typeof handler !== "function") {
    throw initError("Runtime.HandlerNotFound", `${process.env._HANDLER} is undefined or not exported`);
  }
  if (handler.length > 2) {
    throw initError(
      "Runtime.CallbackHandlerDeprecated",
      "The local AWS runs async handlers only, not those with a callback",
    );
  }
  return handler;
}

function importErrorType(cause) {
  if (cause instanceof SyntaxError) return "Runtime.UserCodeSyntaxError";
  return /^(ERR_)?MODULE_NOT_FOUND$/.test(cause?.code) ? "Runtime.ImportModuleError" : undefined;
}

function initError(type, message) {
  return Object.assign(new Error(message), { name: type });
}

function contextOf({ deadline, ...given }) {
  return {
    ...given,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

for (const [event, type, title] of [
  ["uncaughtException", undefined, "Uncaught Exception"],
  ["unhandledRejection", "Runtime.UnhandledPromiseRejection", "Unhandled Promise Rejection"],
]) {
  process.on(event, (thrown) => {
    fail(describe(thrown, type), title, { fatal: true });
    process.exit(1);
  });
}

let handler;
try {
  handler = await load();
} catch (thrown) {
  fail(describe(thrown, thrown.initType), "Uncaught Exception", { fatal: true });
  process.exit(1);
}
send({ ready: true }, "null");

for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
  const { context, event } = JSON.parse(line);
  requestId = context.awsRequestId;
  process.env._X_AMZN_TRACE_ID = context.traceId;
  try {
    const result = await handler(event, contextOf(context));
    send({}, JSON.stringify(result) ?? "null");
  } catch (thrown) {
    fail(describe(thrown), "Invoke Error");
  }
}
process.exit(0);
