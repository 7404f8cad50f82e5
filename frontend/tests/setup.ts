/** The properties are tried with the same values in each run of CI; elsewhere with others each time. */
import fc from "fast-check";

if (process.env.CI) fc.configureGlobal({ seed: 20180618 });
