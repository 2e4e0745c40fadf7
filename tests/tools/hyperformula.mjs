// Evaluates a workbook in HyperFormula: JSON on stdin {sheets: [[name, rows]], names: [[name, formula]]}, values on stdout.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(import.meta.url);
const { HyperFormula } = require("../node_modules/hyperformula");

const book = JSON.parse(readFileSync(0, "utf8"));
// The settings HyperFormula's own guide gives for compatibility with Excel.
const engine = HyperFormula.buildFromSheets(Object.fromEntries(book.sheets), {
  licenseKey: "gpl-v3",
  evaluateNullToZero: true,
  leapYear1900: true,
  nullDate: { year: 1899, month: 12, day: 31 },
  localeLang: "en-US",
  useWildcards: true,
  useRegularExpressions: false,
  matchWholeCell: true,
  smartRounding: false, // its rounding keeps about eleven digits: too few for money
}, [
  { name: "TRUE", expression: "=TRUE()" },
  { name: "FALSE", expression: "=FALSE()" },
  ...book.names.map(([name, expression]) => ({ name, expression })),
]);
const plain = (value) =>
  value !== null && typeof value === "object" ? { error: value.value, message: value.message } : value;
const values = book.sheets.map(([name]) => [name, engine.getSheetValues(engine.getSheetId(name)).map((row) => row.map(plain))]);
process.stdout.write(JSON.stringify(values));
