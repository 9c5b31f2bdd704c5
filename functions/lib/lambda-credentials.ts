/**
 * Takes the place of the AWS SDK's default chain of credential providers in the bundles. Lambda hands a function its role's
 * credentials in the environment, always; the files, single sign-on, containers and instances that the chain also asks are
 * none of a function's, and a fifth of its code.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";
