/** The address that opens a dashboard, in what `wherry dashboard`, `up` or `status` printed; undefined while it is not there. */
export const addressIn = (text) => /http:\/\/127\S+token=\S+/.exec(text)?.[0];

/** Waits until `wherry dashboard`, a child process whose output is piped, has printed it. @throws Error when it ends before */
export const printedAddress = (child) =>
  new Promise((resolve, reject) => {
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      out += text;
      const found = addressIn(out);
      if (found) resolve(found);
    });
    child.once("exit", (code) => reject(new Error(`the dashboard ended with exit code ${code}`)));
  });
