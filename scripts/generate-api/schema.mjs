/**
 * Turns the models into the schema of the API: full type names, and field types as short codes that
 * `src/api/schema/` reads: `string`, `int32`, `quantity`, `any`, `any:<full name>`, `ref:<full name>`, `[]<code>`, `{}<code>`. A `~` before a
 * scalar says that a zero value is not written in JSON.
 */

/** @typedef {import("./models.mjs").Model} Model */
/** @typedef {import("./descriptors.mjs").Descriptors} Descriptors */

const quantity = "k8s.io.apimachinery.pkg.api.resource.Quantity";
const metaPackage = "k8s.io.apimachinery.pkg.apis.meta.v1";
const aggregator = "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1";
const apiextensions = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";

/** @param {string} protobufName `k8s.io.api.core.v1.Pod` @returns {string} `io.k8s.api.core.v1.Pod` */
export const fullNameOf = (protobufName) => protobufName.replace(/^k8s\.io\./, "io.k8s.");
/** @param {string} fullName */
const protobufNameOf = (fullName) => fullName.replace(/^io\.k8s\./, "k8s.io.");

/**
 * @param {Model[]} models
 * @param {Descriptors} descriptors
 * @param {ReadonlySet<string>} served packages of the served group versions, for example `k8s.io.api.apps.v1`
 * @returns {Map<string, string>} model name to full name
 */
export const fullNames = (models, descriptors, served) => {
  const names = new Map();
  const taken = new Map();
  for (const { name } of models) {
    const full = fullName(name, descriptors, served);
    if (taken.has(full)) throw new Error(`${name} and ${taken.get(full)} are both ${full}`);
    taken.set(full, name);
    names.set(name, full);
  }
  return names;
};

const fullName = (model, descriptors, served) => {
  if (model === "VersionInfo") return "io.k8s.apimachinery.pkg.version.Info";
  const parts = model.match(/^([A-Z][a-z]+)?(V\d+(?:(?:alpha|beta)\d+)?)([A-Z].*)$/);
  if (!parts) throw new Error(`model ${model} has no version`);
  const [, prefix, version, bare] = parts;
  const group = prefix?.toLowerCase();
  if (group === "apiregistration" || /^APIService/.test(bare)) return `${aggregator}.${bare}`;
  if (group === "apiextensions") return `${apiextensions}.${bare}`;
  const found = [...served, metaPackage].filter(
    (p) =>
      p.endsWith(`.${version.toLowerCase()}`) &&
      (!group || p.includes(`.${group}.`)) &&
      descriptors.has(`${p}.${bare}`),
  );
  // Go's core package keeps unused copies of some types of the meta package.
  if (found.includes(metaPackage)) return fullNameOf(`${metaPackage}.${bare}`);
  if (found.length > 1) throw new Error(`${model} may be in any of ${found.join(", ")}`);
  return found[0] ? fullNameOf(`${found[0]}.${bare}`) : `${apiextensions}.${bare}`;
};

/**
 * @param {Model[]} models
 * @param {Map<string, string>} names
 * @param {Descriptors} descriptors
 * @param {Map<string, string>} texts descriptions by full name and `full name#field`, better than the models' own
 */
export const schemaOf = (models, names, descriptors, texts) => {
  const types = {};
  const descriptions = {};
  for (const model of models) {
    const name = names.get(model.name);
    const message = descriptors.get(protobufNameOf(name));
    const fields = {};
    const fieldTexts = {};
    const goTypes = {};
    for (const field of model.fields) {
      const onWire = findField(message, field.name, descriptors);
      const code = codeOf(field.type, field.format, onWire?.map?.value ?? onWire?.type, names);
      const omitsZero = onWire && !onWire.pointer && !field.required && /^(string|bool|int32|int64|double)$/.test(code);
      fields[field.name] = omitsZero ? `~${code}` : code;
      if (onWire?.castType) goTypes[field.name] = goTypeName(onWire.castType, name);
      const text = texts.get(`${name}#${field.name}`) ?? field.description;
      if (text) fieldTexts[field.name] = text;
    }
    const required = model.fields.filter((field) => field.required).map((field) => field.name);
    types[name] = {
      f: fields,
      ...(required.length > 0 ? { r: required } : {}),
      ...(Object.keys(goTypes).length > 0 ? { g: goTypes } : {}),
    };
    descriptions[name] = { d: texts.get(name) ?? model.description, f: fieldTexts };
  }
  return { types, descriptions };
};

/** The protobuf field of a JSON field, looked for in embedded structs too. */
const findField = (message, name, descriptors) => {
  const own = message?.find((field) => field.name === name);
  if (own) return own;
  for (const field of message ?? []) {
    const inner = descriptors.get(field.type)?.find((f) => f.name === name);
    if (inner) return inner;
  }
  return undefined;
};

/** `PullPolicy` in core/v1 is `v1.PullPolicy`; `k8s.io/apimachinery/pkg/types.UID` is `types.UID`. */
const goTypeName = (castType, typeName) => {
  if (castType.includes("/")) return castType.slice(castType.lastIndexOf("/") + 1);
  return `${typeName.split(".").at(-2)}.${castType}`;
};

const codeOf = (type, format, onWire, names) => {
  const array = type.match(/^Array<(.*)>$/);
  if (array) return `[]${codeOf(array[1], format, onWire, names)}`;
  const map = type.match(/^\{ \[key: string\]: (.*); \}$/);
  if (map) return `{}${codeOf(map[1], format, onWire, names)}`;
  if (onWire === quantity && type === "string") return "quantity";
  switch (type) {
    case "Date":
      return "date-time";
    case "V1MicroTime":
      return "micro-time";
    case "IntOrString":
      return "int-or-string";
    case "string":
      return format === "byte" ? "byte" : "string";
    case "number":
      return format || "double";
    case "boolean":
      return "bool";
    case "any":
      return onWire ? `any:${fullNameOf(onWire)}` : "any";
  }
  const name = names.get(type);
  if (!name) throw new Error(`unknown type ${type}`);
  return `ref:${name}`;
};
