/** 모든 문구, 한국어. */
import type { Messages } from "./en.ts";
import { inspectKo } from "./inspect/ko.ts";
import { lessonKo } from "./lesson/ko.ts";
import { replayKo } from "./replay/ko.ts";

/** 숫자 뒤의 조사: 3으로, 4로. */
const ro = (n: bigint) => `${n}${[0n, 3n, 6n].includes(n % 10n) ? "으로" : "로"}`;
const pods = (n: number) => `파드 ${n}개`;
const colon = (detail: string) => (detail ? `: ${detail}` : "");
const times = (restarts: number) => (restarts > 0 ? ` (지금까지 ${restarts}번)` : "");

const phases: Messages["phases"] = {
  waiting: "노드 기다리는 중",
  starting: "시작하는 중",
  failing: "실패",
  unready: "준비되지 않음",
  ready: "준비됨, 아직 사용 가능 아님",
  available: "사용 가능",
  stopping: "종료하는 중",
  ended: "끝남",
};

export const ko: Messages = {
  ...inspectKo,
  lesson: lessonKo,
  replay: replayKo,
  languageName: "한국어",
  title: (what) => `${what} · wherry`,
  phases,
  states: {
    complete: "완료",
    rolling: "롤아웃 중",
    stalled: "멈춤",
    stuck: "막힘",
    paused: "일시 중지",
    idle: "0개로 축소됨",
  },
  findings: {
    imagePull: (f) =>
      `\`${f.image}\` 이미지를 가져올 수 없습니다${colon(f.detail)}. ${pods(f.pods)}가 시작하지 못합니다.`,
    crash: (f) =>
      f.signal === "OOMKilled"
        ? `컨테이너 \`${f.container}\`에서 메모리 한도를 넘어 강제 종료되었습니다${times(f.restarts)}.`
        : `${pods(f.pods)}에서 컨테이너 \`${f.container}\`의 실행이 종료 코드 ${ro(BigInt(f.exitCode))} 끝납니다${times(f.restarts)}.`,
    cannotStart: (f) =>
      `${pods(f.pods)}에서 컨테이너 \`${f.container}\`의 시작에 실패합니다: ${f.reason}${colon(f.detail)}.`,
    probe: (f) => {
      const probe = { Readiness: "준비성", Liveness: "활성", Startup: "스타트업" }[f.probe];
      return f.probe === "Liveness"
        ? `${pods(f.pods)}에서 \`${f.container}\`의 ${probe} 프로브가 실패하여 컨테이너를 다시 시작합니다${colon(f.detail)}.`
        : `${pods(f.pods)}에서 \`${f.container}\`의 ${probe} 프로브가 실패하여 트래픽을 받지 않습니다${colon(f.detail)}.`;
    },
    unschedulable: (f) => `${pods(f.pods)}를 받아 줄 노드가 없습니다: ${f.detail}`,
    cannotCreate: (f) => `새 파드 생성이 거부되었습니다: ${f.detail}.`,
    paused: (f) =>
      f.changed
        ? "롤아웃이 일시 중지되었습니다. 재개할 때까지 변경 사항이 파드에 적용되지 않습니다."
        : "롤아웃이 일시 중지되었습니다. 재개할 때까지 앞으로의 변경은 파드에 적용되지 않습니다.",
    deadline: (f) => `진행 제한 시간 ${f.seconds}초가 넘도록 아무 진전이 없습니다.`,
    minReady: (f) => `${pods(f.pods)}는 ${f.seconds}초 동안 준비 상태를 유지해야 사용 가능으로 셉니다.`,
    starting: (f) => `${pods(f.pods)}가 시작하는 중입니다.`,
    stopping: (f) => `${pods(f.pods)}가 종료하는 중입니다.`,
    onDelete: (f) => `${pods(f.pods)}는 누군가 삭제할 때까지 이전 버전으로 남습니다. 전략이 OnDelete입니다.`,
    oldServe: (f) => `이전 ${pods(f.pods)}(리비전 ${f.revision})가 계속 응답합니다.`,
    undo: (f) =>
      `되돌리면 리비전 ${ro(f.revision)} 돌아갑니다${f.images.length > 0 ? `: ${f.images.map((i) => `\`${i}\``).join(", ")}` : ""}.`,
    complete: (f) =>
      f.pods === 1
        ? `파드가 리비전 ${ro(f.revision)} 실행 중입니다.`
        : `파드 ${f.pods}개 모두 리비전 ${ro(f.revision)} 실행 중입니다.`,
    nothingWanted: () => "0개로 축소되어 실행 중인 파드가 없습니다.",
    rolling: (f) => `파드 ${f.desired}개 중 ${f.updated}개가 최신 리비전입니다.`,
  },
  pods,
  inPhase: (n, phase) => `${phases[phase]} ${n}개`,
  shell: {
    skip: "본문으로 건너뛰기",
    overview: "개요",
    namespace: "네임스페이스",
    allNamespaces: "모든 네임스페이스",
    search: "검색",
    language: "언어",
    theme: "색상",
    themes: { system: "시스템", light: "밝게", dark: "어둡게" },
    shortcuts: "키보드 단축키",
    close: "닫기",
    cancel: "취소",
    context: (context) => `컨텍스트 ${context}`,
    unknownPage: "그런 페이지가 없습니다.",
    toOverview: "개요로",
  },
  connection: {
    connecting: "연결하는 중…",
    lost: "연결이 끊어졌습니다. 다시 시도하는 중…",
    tryNow: "지금 시도",
    back: "다시 연결되었습니다.",
    expired:
      "클러스터가 자격 증명을 더 이상 받아들이지 않습니다. 다시 로그인하는 등 자격 증명을 갱신하세요. 그러면 이 페이지는 저절로 이어집니다.",
    closed:
      "이 페이지를 연 뒤 대시보드가 다시 시작되었습니다. 새로 출력된 주소를 여세요. 그러면 이 페이지는 저절로 이어집니다.",
    why: "자세히",
  },
  access: {
    loading: "불러오는 중…",
    absent: (kind) => `${kind}: 이 클러스터에서 제공하지 않습니다.`,
    forbidden: (kind) => `${kind}: 여기서 볼 권한이 없습니다.`,
    chooseNamespace: "네임스페이스 하나에는 권한이 있을 수 있습니다. 위에서 선택하세요.",
  },
  search: {
    title: "이동",
    placeholder: "객체 이름",
    none: "그런 이름이 없습니다.",
    count: (n) => `결과 ${n}개`,
    hint: "↑ ↓ 선택, Enter 열기",
  },
  shortcut: {
    search: "객체 검색",
    help: "이 목록 보기",
    overview: "개요로 이동",
    namespace: "네임스페이스 선택",
    theme: "다음 색상",
    language: "다음 언어",
    rollout: "워크로드의 롤아웃",
    history: "워크로드의 기록",
    replay: "롤아웃 다시 보기",
    logs: "파드의 로그",
    yaml: "워크로드의 YAML",
    undo: "롤아웃 되돌리기",
    restart: "파드 재시작",
    scale: "워크로드 크기 조절",
    image: "이미지 변경",
  },
  age: { justNow: "방금", unknown: "알 수 없음" },
  overview: {
    title: "개요",
    workloads: "워크로드",
    services: "서비스",
    nodes: "노드",
    warnings: "최근 경고",
    noWorkloads: "아직 실행 중인 워크로드가 없습니다.",
    firstStep: "하나 만들어 보세요:",
    noServices: "서비스가 없습니다.",
    noNodes: "클러스터에 노드가 없어 파드를 실행할 수 없습니다.",
    noWarnings: "지난 한 시간 동안 경고가 없습니다.",
    events: "이벤트",
    name: "이름",
    state: "상태",
    ready: "준비",
    image: "이미지",
    age: "경과 시간",
    type: "유형",
    addresses: "주소",
    ports: "포트",
    readyOf: (ready, desired) => `${desired}개 중 ${ready}개 준비`,
    nodeReady: "준비됨",
    nodeNotReady: "준비되지 않음",
    nodeCordoned: "새 파드 받지 않음",
    podsOnNode: pods,
    noAddress: "없음",
    pending: "대기 중",
    timesSeen: (n) => `${n}번`,
    andMore: (n) => `외 ${n}개`,
  },
  workload: {
    kinds: { deployments: "디플로이먼트", statefulsets: "스테이트풀셋", daemonsets: "데몬셋" },
    gone: (kind, name) => `${kind} ${name}이(가) 없습니다.`,
    tabs: { rollout: "롤아웃", history: "기록", replay: "다시 보기", logs: "로그", yaml: "YAML" },
    tabList: "워크로드 보기",
  },
  rollout: {
    why: "지금 상황",
    evidence: "근거",
    showLog: "마지막 로그 보기",
    noLog: "아무 로그도 남기지 않았습니다.",
    eventSeen: (reason, count) => (count > 1 ? `이벤트 ${reason}, ${count}번, 마지막은` : `이벤트 ${reason},`),
    ago: (duration) => `${duration} 전`,
    statusSays: (of) => `${of} 상태`,
    pods: "파드",
    noPods: "파드가 없습니다.",
    manyPods: (n) => `파드 ${n}개: 화살표 키로 옮겨 다닙니다`,
    marksHint: "표시 하나가 파드 하나입니다. 가리키거나 Tab과 화살표 키로 고르면 파드를 열 수 있습니다.",
    revision: (n) => (n > 0n ? `리비전 ${n}` : "새 리비전"),
    newest: "최신",
    restarts: (n) => `재시작 ${n}번`,
    counts: "개수",
    desired: "원하는 수",
    updated: "업데이트됨",
    ready: "준비됨",
    available: "사용 가능",
    numbers: "시간에 따른 파드 수",
    band: (low, high) => `전략에 따라 최소 ${low}개는 사용 가능하고, 모두 합쳐 ${high}개를 넘지 않습니다.`,
    total: "전체 파드",
    chart: (total, available, low, high) =>
      `지금 파드 ${total}개, 그중 사용 가능 ${available}개. 허용 범위는 ${low}개에서 ${high}개입니다.`,
    secondsAgo: (n) => (n >= 60 ? `${Math.round(n / 60)}분 전` : `${n}초 전`),
    nowLabel: "지금",
    traffic: "초당 새 연결",
    connections: (n) => `초당 연결 ${n > 0 && n < 10 ? n.toFixed(1) : Math.round(n)}`,
  },
  actions: {
    serverWarns: "서버 경고:",
    pause: "일시 중지",
    resume: "재개",
    undo: {
      open: "되돌리기…",
      title: (revision) => `리비전 ${ro(revision)} 되돌리기`,
      does: (revision) => `리비전 ${ro(revision)} 돌아가기`,
      preview: "서버가 확인한 변경 내용입니다.",
      paused: "일시 중지된 롤아웃은 되돌릴 수 없습니다. 먼저 재개하세요.",
    },
    restart: {
      open: "재시작…",
      does: "재시작",
      what: "전략이 허용하는 대로 모든 파드를 같은 버전의 새 파드로 바꿉니다. 새 리비전이 만들어집니다.",
    },
    scale: { open: "크기 조절…", does: "크기 조절", replicas: "파드 수" },
    image: { open: "이미지 변경…", does: "이미지 변경", container: (name) => `컨테이너 ${name}의 이미지` },
    delete: {
      open: "삭제…",
      title: (name) => `${name} 삭제`,
      does: "삭제",
      along: "함께 삭제됩니다:",
      stays: "서비스, 컨피그맵, 시크릿, 볼륨 클레임은 남습니다.",
    },
  },
  history: {
    revisions: "리비전",
    none: "아직 만들어진 리비전이 없습니다.",
    current: "현재",
    noCause: "기록된 변경 이유가 없습니다.",
    changed: (before) => `리비전 ${before} 이후 바뀐 내용`,
    first: "보관된 가장 오래된 리비전입니다.",
    undo: (n) => `리비전 ${ro(n)} 되돌리기…`,
    compare: "두 리비전 비교",
    from: "이전",
    to: "이후",
    noDifference: "차이가 없습니다.",
    linesLeft: (n) => `··· 같은 줄 ${n}개`,
  },
  yaml: {
    title: "YAML",
    label: "객체의 YAML",
    check: "확인",
    save: "저장",
    discard: "변경 취소",
    hint: "확인은 아무것도 바꾸지 않고 서버에 물어봅니다.",
    checked: "서버가 받아들입니다. 바뀔 내용은 다음과 같습니다:",
    saved: "저장했습니다.",
    conflict:
      "편집하는 동안 다른 사람이 객체를 바꾸어 저장하지 않았습니다. 바뀐 내용은 다음과 같습니다. 최신 버전을 불러온 뒤 다시 수정하세요.",
    loadNewest: "최신 버전 불러오기",
  },
};
