/** The guided lesson: its steps, and beside them what happens in the cluster. */
import { useComputed, useSignal } from "@preact/signals";
import {
  commandOf,
  type LessonImages,
  type LessonStep,
  type LessonView,
  lessonName,
  lessonNamespace,
  lessonSteps,
  ownImages,
  reached,
} from "../model/lesson.ts";
import { info } from "../state/info.ts";
import { lessonAt, lessonView, runStep } from "../state/lesson.ts";
import { addressOf } from "../state/route.ts";
import { t } from "../text/text.ts";
import { Findings } from "../ui/findings.tsx";
import { Icon } from "../ui/icons.tsx";
import { Problem, Section, StateBadge, Worded } from "../ui/parts.tsx";
import { PodGroups } from "../ui/pod-groups.tsx";
import { useTitle } from "../ui/title.ts";

/** Where nothing is known of the cluster's registry, its people do. */
const otherImages: LessonImages = { first: "nginx:1.28", second: "nginx:1.29", missing: "nginx:none-such", port: 80 };

export function LessonPage() {
  const words = t().lesson;
  useTitle(words.title);
  // Of a cluster that did not answer yet nothing is known.
  const foreign = info.value?.wherry === false && info.value.version !== undefined;
  const chosen = useSignal<LessonImages | undefined>(undefined);
  const images = chosen.value ?? (foreign ? otherImages : ownImages);
  const view = useComputed(lessonView).value;
  const at = lessonAt.value;
  return (
    <div class="stack">
      <div class="stack tight">
        <h1 tabIndex={-1}>{words.title}</h1>
        <p class="muted">{words.intro}</p>
      </div>
      {foreign && at === 0 ? <Images images={images} onChange={(next) => (chosen.value = next)} /> : null}
      <div class="lesson">
        <ol class="steps">
          {lessonSteps.map((step, i) => (
            <li key={step} class={i < at ? "past" : ""} aria-current={i === at ? "step" : undefined}>
              {i === at ? (
                <Step key={step} step={step} view={view} images={images} />
              ) : (
                <span class="row">
                  {i < at ? <Icon name="check" /> : <span class="number">{i + 1}</span>}
                  {words.steps[step].title}
                  {i < at ? <span class="unseen">{words.done}</span> : null}
                </span>
              )}
            </li>
          ))}
        </ol>
        <Live view={view} />
      </div>
    </div>
  );
}

interface StepProps {
  readonly step: LessonStep;
  readonly view: LessonView;
  readonly images: LessonImages;
}

function Step({ step, view, images }: StepProps) {
  const words = t().lesson;
  const says = words.steps[step];
  const at = lessonSteps.indexOf(step);
  const last = at === lessonSteps.length - 1;
  const reading = step === "why" || step === "history";
  const busy = useSignal(false);
  const printed = useSignal("");
  const problem = useSignal<unknown>(undefined);
  const run = async (what: LessonStep) => {
    busy.value = true;
    problem.value = undefined;
    try {
      printed.value = await runStep(what, images);
      if (what === "cleanup" && !last) lessonAt.value = 0;
    } catch (error) {
      problem.value = error;
    } finally {
      busy.value = false;
    }
  };
  // Whoever did it in a terminal, or loaded the page again, goes on from there.
  const there = reached(step, view, images);
  const asked = printed.value !== "" || reading || there;
  return (
    <section class="card stack tight" aria-labelledby={`step-${step}`}>
      <p class="muted small">{words.stepOf(at + 1, lessonSteps.length)}</p>
      <h2 id={`step-${step}`}>{says.title}</h2>
      <p>
        <Worded text={says.text} />
      </p>
      <Command text={commandOf(step, images)} />
      <div class="stack tight" role="status">
        {printed.value ? <pre class="note printed">{printed.value}</pre> : null}
        {asked && !there ? <p class="muted">{words.waiting}</p> : null}
        {there && says.look ? (
          <p class="note good">
            <Worded text={says.look} />
          </p>
        ) : null}
        {there && last ? <p>{words.finished}</p> : null}
      </div>
      <Problem error={problem.value} />
      <div class="row">
        {!asked ? (
          <button type="button" class="primary" disabled={busy.value || !view.known} onClick={() => run(step)}>
            {busy.value ? words.running : words.run}
          </button>
        ) : null}
        {asked && !last ? (
          <button type="button" class="primary" disabled={!there} onClick={() => (lessonAt.value = at + 1)}>
            {words.next}
          </button>
        ) : null}
        {there && last ? (
          <button type="button" class="primary" onClick={() => (lessonAt.value = 0)}>
            {words.again}
          </button>
        ) : null}
        {view.namespace && !last ? (
          <button type="button" class="plain" disabled={busy.value} onClick={() => run("cleanup")}>
            {words.stop}
          </button>
        ) : null}
      </div>
    </section>
  );
}

function Command({ text }: { readonly text: string }) {
  const words = t().lesson;
  const copied = useSignal(false);
  return (
    <figure class="command">
      <figcaption class="row spread small">
        <span class="muted">{words.command}</span>
        <button
          type="button"
          class="link"
          onClick={async () => {
            await navigator.clipboard.writeText(text);
            copied.value = true;
          }}
        >
          {copied.value ? words.copied : words.copy}
        </button>
      </figcaption>
      <pre>{text}</pre>
    </figure>
  );
}

function Live({ view: { known, rollout, state, findings, service } }: { readonly view: LessonView }) {
  const words = t().lesson;
  const here = { namespace: lessonNamespace, name: lessonName };
  const outside = service?.status?.loadBalancer?.ingress?.[0];
  const address = outside?.ip ?? outside?.hostname ?? service?.spec?.clusterIP;
  return (
    <Section title={words.live} id="live" aside={state ? <StateBadge state={state} /> : null}>
      {rollout ? (
        <>
          <Findings findings={findings} />
          <PodGroups rollout={rollout} />
          <p class="row">
            <a href={addressOf({ page: "workload", plural: "deployments", ...here, tab: "rollout" })}>
              {words.toRollout}
            </a>
            <a href={addressOf({ page: "workload", plural: "deployments", ...here, tab: "history" })}>
              {words.toHistory}
            </a>
          </p>
        </>
      ) : (
        <p class="muted">{known ? words.nothing : t().access.loading}</p>
      )}
      {service ? (
        <p class="row">
          <span class="badge">{service.spec?.type}</span>
          <code>{`${lessonName}.${lessonNamespace}.svc`}</code>
          {address ? <code>{`${address}:${service.spec?.ports?.[0]?.port}`}</code> : null}
          <a href={addressOf({ page: "service", ...here })}>{words.toService}</a>
        </p>
      ) : null}
    </Section>
  );
}

function Images({
  images,
  onChange,
}: {
  readonly images: LessonImages;
  readonly onChange: (images: LessonImages) => void;
}) {
  const words = t().lesson;
  const fields = [
    ["first", words.firstImage],
    ["second", words.secondImage],
    ["missing", words.missingImage],
  ] as const;
  return (
    <Section title={words.images} id="images">
      <p class="muted">{words.imagesNote}</p>
      <div class="row">
        {fields.map(([key, label]) => (
          <label key={key} class="stack tight">
            {label}
            <input
              type="text"
              value={images[key]}
              onInput={(event) => onChange({ ...images, [key]: event.currentTarget.value })}
            />
          </label>
        ))}
        <label class="stack tight">
          {words.port}
          <input
            type="number"
            min={1}
            max={65535}
            value={images.port}
            onInput={(event) => onChange({ ...images, port: event.currentTarget.valueAsNumber || images.port })}
          />
        </label>
      </div>
    </Section>
  );
}
