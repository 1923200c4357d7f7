// Executes ELM for patients.
// In: {"library": ELM, "helpers": ELM, "expressions": [name], "bundles": [a Bundle of one patient]}
// Out: for each Bundle the value of each expression.
"use strict";

const fs = require("node:fs");
const cql = require("cql-execution");
const fhir = require("cql-exec-fhir");

async function main() {
  const asked = JSON.parse(fs.readFileSync(0, "utf8"));
  const library = new cql.Library(asked.library, new cql.Repository([asked.helpers]));
  const executor = new cql.Executor(library, new cql.CodeService({}));
  const patients = fhir.PatientSource.FHIRv401();
  const answers = [];
  for (const bundle of asked.bundles) {
    patients.reset();
    patients.loadBundles([bundle]);
    const results = await executor.exec(patients);
    const [values] = Object.values(results.patientResults);
    answers.push(Object.fromEntries(asked.expressions.map((name) => {
      // A misspelt name would read as "no dose".
      if (!(name in values)) throw new Error(`no expression ${name}`);
      return [name, values[name]];
    })));
  }
  process.stdout.write(JSON.stringify(answers));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
