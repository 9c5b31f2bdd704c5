/** The app that the fault suite applies to its local AWS: main.ts with the patience of `environment.ts`. */
import { App } from "cdktf";
import { CommerceLakeStack } from "../../main";
import { faultsEnvironment } from "./environment";

const app = new App({ stackTraces: false, outdir: process.env.CDKTF_OUTDIR ?? "cdktf.out" });
new CommerceLakeStack(app, faultsEnvironment);
app.synth();
