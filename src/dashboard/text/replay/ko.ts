/** 다시 보기의 문구. 파일 하나로도 열립니다. */
import type { replayEn } from "./en.ts";

export const replayKo: typeof replayEn = {
  time: "시각",
  play: "재생",
  pause: "일시 정지",
  speed: "속도",
  times: (n) => `${n}배`,
  short: "최근에 바뀐 것으로 알려진 것이 없습니다. 앞으로 일어나는 일을 여기서 다시 볼 수 있습니다.",
  earlier: (time) =>
    `${time}부터는 직접 본 것입니다. 그 전은 클러스터에 아직 남아 있는 이벤트와 시각으로 맞춘 것이라 빠진 것이 있을 수 있고, 이미 없어진 파드는 시작한 때부터 사용 가능한 것으로 칩니다.`,
  fresh: "지금까지 불러오기",
  save: "파일로 저장",
  saved: "저장했습니다. 클러스터 없이 어느 브라우저에서나 열 수 있습니다.",
  span: (from, to) => `${from}부터 ${to}까지`,
  marks: "이벤트",
  noMarks: "여기까지는 이벤트가 없습니다.",
  of: (kind, name, namespace) => `${namespace}의 ${kind} ${name}`,
  chart: (total, available) => `파드 ${total}개, 그중 사용 가능 ${available}개`,
};
