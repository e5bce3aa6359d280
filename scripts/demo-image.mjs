// Films `npm start` on a terminal of 100 columns and draws what it printed as docs/images/demo.svg:
//   npm run build && node scripts/demo-image.mjs
// The picture plays at the speed of the real run. It needs `script` (util-linux), as every node does.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const columns = 100;
const rows = 30;
const lineHeight = 18;
const charWidth = 8.43;
const margin = 16;
const titleBar = 34;
/** Seconds that the end stays before the film begins again. */
const pause = 8;

/** Runs the demo on a pseudo-terminal. @returns what it wrote, piece by piece, each with its time in seconds */
async function film() {
  const command = `stty cols ${columns} rows ${rows}; exec node dist/cli/main.cjs demo`;
  const started = performance.now();
  const child = spawn("script", ["-qefc", command, "/dev/null"], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const pieces = [];
  child.stdout.setEncoding("utf8").on("data", (text) => {
    pieces.push({ at: (performance.now() - started) / 1000, text });
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`the demo ended with exit code ${code}`);
  return pieces;
}

const esc = "\u001b";
/** A control sequence, the end of a line, or text. */
const tokens = new RegExp(`${esc}\\[[\\d;]*[A-Za-z]|\\r\\n|\\n|\\r|[^${esc}\\r\\n]+`, "g");
const colors = { 1: "bold", 2: "dim", 32: "green", 36: "cyan" };

/**
 * Plays the pieces as a terminal would. A line that ends stays for good; what is written over (the line of traffic at the
 * bottom) is a sequence of short-lived lines.
 */
function play(pieces) {
  const lines = [];
  const live = [];
  let spans = [];
  let style = "";
  const put = (text) => {
    if (text) spans.push({ text, style });
  };
  for (const { at, text } of pieces) {
    for (const [token] of text.matchAll(tokens)) {
      if (token === "\r\n" || token === "\n") {
        lines.push({ at, spans });
        spans = [];
      } else if (token === `${esc}[2K`) {
        if (spans.length > 0) live[live.length - 1].until = at;
        spans = [];
      } else if (token.startsWith(`${esc}[`) && token.endsWith("m")) style = colors[token.slice(2, -1)] ?? "";
      else if (token !== "\r" && !token.startsWith(esc)) put(token);
    }
    // What stands without an end is the live line.
    if (spans.length > 0) {
      if (live.length > 0) live[live.length - 1].until ??= at;
      live.push({ at, row: lines.length, spans });
    }
  }
  return { lines: lines.flatMap(wrap), live };
}

/** Cuts a line where the terminal would. */
function wrap({ at, spans }) {
  const parts = [{ at, spans: [] }];
  let room = columns;
  for (const span of spans) {
    for (let rest = span.text; rest; ) {
      if (room === 0) {
        parts.push({ at, spans: [] });
        room = columns;
      }
      const text = rest.slice(0, room);
      parts.at(-1).spans.push({ ...span, text });
      room -= text.length;
      rest = rest.slice(text.length);
    }
  }
  return parts;
}

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
/** Tabs as a terminal shows them. */
const untab = (text) => {
  let out = "";
  for (const c of text) out += c === "\t" ? " ".repeat(8 - (out.length % 8)) : c;
  return out;
};

function textElement({ spans }, y, extra = "") {
  const inner = spans
    .map(({ text, style }) =>
      style ? `<tspan class="${style}">${escaped(untab(text))}</tspan>` : escaped(untab(text)),
    )
    .join("");
  return `<text x="0" y="${y}"${extra}>${inner}</text>`;
}

function draw({ lines, live }) {
  const height = rows * lineHeight;
  const length = (lines.at(-1)?.at ?? 0) + pause;
  const percent = (at) => `${((at / length) * 100).toFixed(3)}%`;
  const top = (row) => (row + 1) * lineHeight - 5;
  // The last row is for the live line; a line that has not been printed yet lies below the edge.
  const scroll = (shown) => `translateY(${(rows - 1 - shown) * lineHeight}px)`;
  // Of lines that came at one moment the last one counts.
  const scrolls = new Map(lines.map(({ at }, i) => [percent(at), scroll(i + 1)]));
  const steps = [...scrolls].map(([at, transform]) => `${at}{transform:${transform}}`);
  // One picture of the live line per half second is enough.
  const sampled = live.filter((l, i) => i === 0 || Math.floor(l.at * 2) !== Math.floor(live[i - 1].at * 2));
  const flashes = sampled.map((l, i) => ({ ...l, until: sampled[i + 1]?.at ?? lines.at(-2)?.at ?? length }));
  const width = Math.ceil(columns * charWidth + 2 * margin);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height + titleBar + margin}" role="img" aria-label="A terminal in which npm start plays a rollout on a real cluster">
<style>
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d8dee9;white-space:pre}
.bold{font-weight:700;fill:#fff}.dim{fill:#7b8798}.green{fill:#8fd18a}.cyan{fill:#6fc3df}.title{fill:#7b8798;text-anchor:middle}
#film{animation:film ${length.toFixed(2)}s step-end infinite}
@keyframes film{0%{transform:${scroll(0)}}${steps.join("")}100%{transform:${scroll(lines.length)}}}
.live{visibility:hidden;animation:${length.toFixed(2)}s step-end infinite}
${flashes.map((f, i) => `#l${i}{animation-name:l${i}}@keyframes l${i}{0%{visibility:hidden}${percent(f.at)}{visibility:visible}${percent(f.until)}{visibility:hidden}100%{visibility:hidden}}`).join("\n")}
@media (prefers-reduced-motion:reduce){#film{animation:none;transform:${scroll(lines.length)}}.live{animation:none}}
</style>
<rect width="100%" height="100%" rx="10" fill="#1b2028"/>
<circle cx="20" cy="17" r="6" fill="#e0655f"/><circle cx="40" cy="17" r="6" fill="#e0b45f"/><circle cx="60" cy="17" r="6" fill="#7fc06a"/>
<text class="title" x="50%" y="22">npm start</text>
<svg x="${margin}" y="${titleBar}" width="${width - 2 * margin}" height="${height}" overflow="hidden">
<svg height="${height - lineHeight}" overflow="hidden"><g id="film">
${lines
  .map((line, i) => (line.spans.length > 0 ? textElement(line, top(i)) : ""))
  .filter(Boolean)
  .join("\n")}
</g></svg>
${flashes.map((f, i) => textElement(f, top(rows - 1), ` class="live" id="l${i}"`)).join("\n")}
</svg>
</svg>
`;
}

const svg = draw(play(await film()));
const file = join(root, "docs/images/demo.svg");
writeFileSync(file, svg);
console.log(`${file}: ${Math.round(svg.length / 1024)} kB`);
