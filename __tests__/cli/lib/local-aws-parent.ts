import { LocalAws } from "../../../cli/lib/local-aws";

/** A process that starts the local AWS in a folder, tells its process id, and then does nothing until it is killed. */
void LocalAws.start(process.argv[2] ?? "").then(({ local }) => console.log(local.pid));
