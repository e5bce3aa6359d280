/** HorizontalPodAutoscalers: version 2 where the server has it, as kubectl asks for it first. */
import type {
  HorizontalPodAutoscaler,
  HPAScalingRules,
  MetricSpec,
  MetricStatus,
  MetricValueStatus,
  V2HorizontalPodAutoscaler,
} from "../../../api/generated/types.ts";
import { canonicalQuantity } from "../../../api/quantity.ts";
import { apiPath } from "../core/paths.ts";
import type { DescribeContext, Describer } from "./describer.ts";
import { writeEvents } from "./events.ts";
import { writeAnnotations, writeLabels } from "./multiline.ts";
import { dateText } from "./times.ts";
import { DescriptionWriter } from "./writer.ts";

type Either = HorizontalPodAutoscaler | V2HorizontalPodAutoscaler;

export const describeAutoscaler: Describer<Either> = async (given, context) => {
  const autoscaler = await newest(given, context);
  const { metadata = {}, spec, status } = autoscaler;
  const kind = spec?.scaleTargetRef.kind ?? "";
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  w.write(0, `Namespace:\t${metadata.namespace}\n`);
  writeLabels(w, "Labels", metadata.labels);
  writeAnnotations(w, "Annotations", metadata.annotations);
  w.write(0, `CreationTimestamp:\t${dateText(metadata.creationTimestamp)}\n`);
  w.write(0, `Reference:\t${kind}/${spec?.scaleTargetRef.name}\n`);
  const second = isSecond(autoscaler) ? autoscaler : undefined;
  if (second) writeMetrics(w, second);
  else writeCpu(w, autoscaler as HorizontalPodAutoscaler);
  w.write(0, `Min replicas:\t${spec?.minReplicas ?? "<unset>"}\n`);
  w.write(0, `Max replicas:\t${spec?.maxReplicas}\n`);
  const behavior = second?.spec?.behavior;
  if (behavior) {
    w.write(0, "Behavior:\n");
    writeBehavior(w, "Scale Up", behavior.scaleUp);
    writeBehavior(w, "Scale Down", behavior.scaleDown);
  }
  w.write(0, `${kind} pods:\t`);
  w.write(0, `${status?.currentReplicas ?? 0} current / ${status?.desiredReplicas ?? 0} desired\n`);
  const conditions = second?.status?.conditions ?? [];
  if (conditions.length > 0) {
    w.write(0, "Conditions:\n");
    w.write(1, "Type\tStatus\tReason\tMessage\n");
    w.write(1, "----\t------\t------\t-------\n");
    for (const { type, status: value, reason = "", message = "" } of conditions)
      w.write(1, `${type}\t${value}\t${reason}\t${message}\n`);
  }
  await writeEvents(w, { metadata, kind: "HorizontalPodAutoscaler" }, context);
  return w.text();
};

const isSecond = (a: Either): a is V2HorizontalPodAutoscaler => a.apiVersion === "autoscaling/v2";

async function newest(given: Either, { session }: DescribeContext): Promise<Either> {
  const { namespace, name } = given.metadata ?? {};
  const { resources } = await session.discovery();
  const second = resources.find(
    (r) => r.group === "autoscaling" && r.version === "v2" && r.plural === "horizontalpodautoscalers",
  );
  if (isSecond(given) || !second) return given;
  return session.json<V2HorizontalPodAutoscaler>("GET", apiPath(second, { namespace, name }));
}

function writeCpu(w: DescriptionWriter, { spec, status }: HorizontalPodAutoscaler): void {
  if (spec?.targetCPUUtilizationPercentage === undefined) return;
  w.write(0, `Target CPU utilization:\t${spec.targetCPUUtilizationPercentage}%\n`);
  w.write(0, `Current CPU utilization:\t${status?.currentCPUUtilizationPercentage ?? "<unknown>"}%\n`);
}

function writeMetrics(w: DescriptionWriter, { spec, status }: V2HorizontalPodAutoscaler): void {
  w.write(0, "Metrics:\t( current / target )\n");
  spec?.metrics?.forEach((metric, i) => {
    for (const [level, text] of metricTexts(metric, status?.currentMetrics?.[i])) w.write(level, text);
  });
}

const unknown = "<unknown>";
const amount = (quantity: string | undefined): string => canonicalQuantity(quantity ?? "0");

/** What is written at which level of indentation. */
function metricTexts(metric: MetricSpec, status: MetricStatus | undefined): [level: number, text: string][] {
  const { external, pods, object, resource, containerResource } = metric;
  if (metric.type === "External" && external) {
    const { target } = external;
    const name = JSON.stringify(external.metric.name);
    const current = status?.external?.current;
    if (target.averageValue !== undefined) {
      const shown = current?.averageValue === undefined ? unknown : amount(current.averageValue);
      return [[1, `${name} (target average value):\t${shown} / ${amount(target.averageValue)}\n`]];
    }
    return [[1, `${name} (target value):\t${current ? amount(current.value) : unknown} / ${amount(target.value)}\n`]];
  }
  if (metric.type === "Pods" && pods) {
    const current = status?.pods?.current;
    const shown = current ? amount(current.averageValue) : unknown;
    return [[1, `${JSON.stringify(pods.metric.name)} on pods:\t${shown} / ${amount(pods.target.averageValue)}\n`]];
  }
  if (metric.type === "Object" && object) {
    const { describedObject, target } = object;
    const key = target.type === "AverageValue" ? "averageValue" : "value";
    const current = status?.object?.current;
    const title = key === "value" ? "target value" : "target average value";
    return [
      [1, `"${object.metric.name}" on ${describedObject.kind}/${describedObject.name} `],
      [0, `(${title}):\t${current ? amount(current[key]) : unknown} / ${amount(target[key])}\n`],
    ];
  }
  const ofPods = metric.type === "Resource" ? resource : undefined;
  const ofContainer = metric.type === "ContainerResource" ? containerResource : undefined;
  const source = ofPods ?? ofContainer;
  if (!source) return [[1, `<unknown metric type ${JSON.stringify(metric.type)}>\n`]];
  const container = ofContainer ? ` of container "${ofContainer.container}"` : "";
  const current = (ofPods ? status?.resource : status?.containerResource)?.current;
  const head: [number, string] = [1, `resource ${source.name}${container} on pods`];
  const { averageValue, averageUtilization } = source.target;
  if (averageValue !== undefined)
    return [head, [0, `:\t${current ? amount(current.averageValue) : unknown} / ${amount(averageValue)}\n`]];
  const target = averageUtilization === undefined ? "<auto>" : `${averageUtilization}%`;
  return [head, [1, `(as a percentage of request):\t${utilization(current)} / ${target}\n`]];
}

const utilization = (current: MetricValueStatus | undefined): string =>
  current?.averageUtilization === undefined
    ? unknown
    : `${current.averageUtilization}% (${amount(current.averageValue)})`;

function writeBehavior(w: DescriptionWriter, direction: string, rules: HPAScalingRules | undefined): void {
  if (!rules) return;
  const { stabilizationWindowSeconds, selectPolicy = "Max", policies = [] } = rules;
  w.write(1, `${direction}:\n`);
  if (stabilizationWindowSeconds !== undefined)
    w.write(2, `Stabilization Window: ${stabilizationWindowSeconds} seconds\n`);
  if (policies.length === 0) return;
  w.write(2, `Select Policy: ${selectPolicy}\n`);
  w.write(2, "Policies:\n");
  for (const { type, value, periodSeconds } of policies)
    w.write(3, `- Type: ${type}\tValue: ${value}\tPeriod: ${periodSeconds} seconds\n`);
}
