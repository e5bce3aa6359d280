/**
 * Checks of names, labels and the like. Each returns texts of what is wrong, none when all is well; the texts are
 * upstream's (apimachinery `util/validation`), since people and scripts read them.
 */
export type Check = (value: string) => string[];

const regexError = (message: string, format: string, ...examples: string[]): string =>
  examples.length === 0
    ? `${message} (regex used for validation is '${format}')`
    : `${message} (e.g. ${examples.map((e) => `'${e}', `).join(" or ")}regex used for validation is '${format}')`;

const maxLengthText = (length: number) => `must be no more than ${length} characters`;
export const rangeText = (low: number, high: number) => `must be between ${low} and ${high}, inclusive`;
const emptyText = "must be non-empty";

/** Lengths are counted in bytes, as upstream does. A character has one at least, and three at most. */
const isLonger = (value: string, bytes: number): boolean =>
  value.length > bytes || (value.length * 3 > bytes && encoder.encode(value).length > bytes);
const encoder = new TextEncoder();

const labelFormat = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomainFormat = `${labelFormat}(\\.${labelFormat})*`;
const labelRegexp = new RegExp(`^${labelFormat}$`);
const subdomainRegexp = new RegExp(`^${subdomainFormat}$`);

/** An RFC 1123 label: `my-name`. */
export const checkDnsLabel: Check = (value) => {
  const errors: string[] = [];
  if (isLonger(value, 63)) errors.push(maxLengthText(63));
  if (labelRegexp.test(value)) return errors;
  errors.push(
    subdomainRegexp.test(value)
      ? "must not contain dots"
      : regexError(
          "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
          labelFormat,
          "my-name",
          "123-abc",
        ),
  );
  return errors;
};

/** An RFC 1123 subdomain: `my-name.example`. */
export const checkDnsSubdomain: Check = (value) => {
  const errors: string[] = [];
  if (isLonger(value, 253)) errors.push(maxLengthText(253));
  if (!subdomainRegexp.test(value))
    errors.push(
      regexError(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        subdomainFormat,
        "example.com",
      ),
    );
  return errors;
};

const underscoreLabelFormat = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const underscoreSubdomainFormat = `${underscoreLabelFormat}(\\.${underscoreLabelFormat})*`;
const underscoreSubdomainRegexp = new RegExp(`^${underscoreSubdomainFormat}$`);

/** A subdomain that may contain underscores, for DNS search paths. */
export const checkDnsSubdomainWithUnderscore: Check = (value) => {
  const errors: string[] = [];
  if (isLonger(value, 253)) errors.push(maxLengthText(253));
  if (!underscoreSubdomainRegexp.test(value))
    errors.push(
      regexError(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
        underscoreSubdomainFormat,
        "example.com",
      ),
    );
  return errors;
};

const label1035Format = "[a-z]([-a-z0-9]*[a-z0-9])?";
const label1035Regexp = new RegExp(`^${label1035Format}$`);

/** An RFC 1035 label, which starts with a letter: names of Services. */
export const checkDns1035Label: Check = (value) => {
  const errors: string[] = [];
  if (isLonger(value, 63)) errors.push(maxLengthText(63));
  if (!label1035Regexp.test(value))
    errors.push(
      regexError(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        label1035Format,
        "my-name",
        "abc-123",
      ),
    );
  return errors;
};

const qualifiedFormat = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const qualifiedRegexp = new RegExp(`^${qualifiedFormat}$`);
const qualifiedText = regexError(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  qualifiedFormat,
  "MyName",
  "my.name",
  "123-abc",
);

/** Keys of labels, finalizers and resources are few, and come with every object: those that were found to be right. */
const qualified = new Set<string>();
const mostQualified = 1000;

/** A name with an optional DNS subdomain in front: `app`, `example.com/app`. Label keys, finalizers, resources. */
export const checkQualifiedName: Check = (value) => {
  if (qualified.has(value)) return [];
  const errors = qualifiedNameErrors(value);
  if (errors.length === 0) {
    if (qualified.size >= mostQualified) qualified.clear();
    qualified.add(value);
  }
  return errors;
};

const qualifiedNameErrors: Check = (value) => {
  const parts = value.split("/");
  if (parts.length > 2)
    return [
      `a qualified name ${qualifiedText} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  const errors: string[] = [];
  const name = parts.at(-1) ?? "";
  if (parts.length === 2) {
    const prefix = parts[0] ?? "";
    if (prefix === "") errors.push(`prefix part ${emptyText}`);
    else errors.push(...checkDnsSubdomain(prefix).map((text) => `prefix part ${text}`));
  }
  if (name === "") errors.push(`name part ${emptyText}`);
  else if (isLonger(name, 63)) errors.push(`name part ${maxLengthText(63)}`);
  if (!qualifiedRegexp.test(name)) errors.push(`name part ${qualifiedText}`);
  return errors;
};

const labelValueFormat = `(${qualifiedFormat})?`;
const labelValueRegexp = new RegExp(`^${labelValueFormat}$`);

export const checkLabelValue: Check = (value) => {
  const errors: string[] = [];
  if (isLonger(value, 63)) errors.push(maxLengthText(63));
  if (!labelValueRegexp.test(value))
    errors.push(
      regexError(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        labelValueFormat,
        "MyValue",
        "my_value",
        "12345",
      ),
    );
  return errors;
};

/** A name that stands as one segment of a URL path. */
export const checkPathSegment: Check = (name) => {
  if (name === "." || name === "..") return [`may not be '${name}'`];
  return ["/", "%"].filter((c) => name.includes(c)).map((c) => `may not contain '${c}'`);
};

/** The name of a port: an IANA service name. */
export const checkPortName: Check = (port) => {
  const errors: string[] = [];
  if (isLonger(port, 15)) errors.push(maxLengthText(15));
  if (!/^[-a-z0-9]+$/.test(port)) errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (!/[a-z]/.test(port)) errors.push("must contain at least one letter (a-z)");
  if (port.includes("--")) errors.push("must not contain consecutive hyphens");
  if (port.startsWith("-") || port.endsWith("-")) errors.push("must not begin or end with a hyphen");
  return errors;
};

export const checkPortNumber = (port: number): string[] =>
  Number.isInteger(port) && port >= 1 && port <= 65535 ? [] : [rangeText(1, 65535)];

const parentDirectory: Check = (value) => {
  if (value === "." || value === "..") return [`must not be '${value}'`];
  return value.startsWith("..") ? ["must not start with '..'"] : [];
};

/** The name of an environment variable: any printable ASCII but `=`. */
export const checkEnvName: Check = (value) => {
  if (value === "") return [`environment variable name ${emptyText}`];
  return /^[\x20-\x3c\x3e-\x7e]+$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
};

/** The name of an environment variable as clients take it, stricter than servers. */
export const checkEnvVarName: Check = (value) => {
  const format = "[-._a-zA-Z][-._a-zA-Z0-9]*";
  const what =
    "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit";
  const fits = new RegExp(`^${format}$`).test(value);
  return [
    ...(fits ? [] : [regexError(what, format, "my.env-name", "MY_ENV.NAME", "MyEnvName1")]),
    ...parentDirectory(value),
  ];
};

/** A key of a ConfigMap's or a Secret's data. */
export const checkConfigKey: Check = (value) => {
  const errors: string[] = [];
  if (isLonger(value, 253)) errors.push(maxLengthText(253));
  if (!/^[-._a-zA-Z0-9]+$/.test(value))
    errors.push(
      regexError(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        "[-._a-zA-Z0-9]+",
        "key.name",
        "KEY_NAME",
        "key-name",
      ),
    );
  return [...errors, ...parentDirectory(value)];
};

export const checkHttpHeaderName: Check = (value) =>
  /^[-A-Za-z0-9]+$/.test(value)
    ? []
    : [
        regexError(
          "a valid HTTP header must consist of alphanumeric characters or '-'",
          "[-A-Za-z0-9]+",
          "X-Header-Name",
        ),
      ];

export const checkPercent: Check = (value) =>
  /^[0-9]+%$/.test(value)
    ? []
    : [regexError("a valid percent string must be a numeric string followed by an ending '%'", "[0-9]+%", "1%", "93%")];

/** The same check for `generateName`, which may end in a hyphen since more follows (masked as upstream masks it). */
export const checkPrefix =
  (check: Check): Check =>
  (prefix) =>
    check(prefix.length > 1 && prefix.endsWith("-") ? `${prefix.slice(0, -2)}a` : prefix);
