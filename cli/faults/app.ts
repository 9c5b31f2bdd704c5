/** The app that the fault suite applies to its local AWS: main.ts with the patience and the choice of `environment.ts`. */
import { App } from "cdktf";
import { CommerceLakeStack } from "../../main";
import { faultsEnvironment, ON_DATASET_FAILURE } from "./environment";

const app = new App({ stackTraces: false, outdir: process.env.CDKTF_OUTDIR ?? "cdktf.out" });
new CommerceLakeStack(app, faultsEnvironment(process.env[ON_DATASET_FAILURE]));
app.synth();
