/** Breaks text at blanks so that lines are at most so wide; words wider than that stay whole (`go-wordwrap`). */
export function wrapWords(text: string, width: number): string {
  let out = "";
  let current = 0;
  let word = "";
  let blanks = "";
  const flush = () => {
    current += blanks.length + word.length;
    out += blanks + word;
    blanks = "";
    word = "";
  };
  for (const char of text) {
    if (char === "\n") {
      if (word === "" && current + blanks.length > width) blanks = "";
      flush();
      out += char;
      current = 0;
    } else if (/^\s$/.test(char) && char !== "\u00a0") {
      if (blanks === "" || word !== "") flush();
      blanks += char;
    } else {
      word += char;
      if (current + word.length + blanks.length > width && word.length < width) {
        out += "\n";
        current = 0;
        blanks = "";
      }
    }
  }
  if (word !== "" || current + blanks.length <= width) out += blanks + word;
  return out;
}

export const indent = (text: string, amount: number): string => {
  const pad = " ".repeat(amount);
  return pad + text.replaceAll("\n", `\n${pad}`);
};
