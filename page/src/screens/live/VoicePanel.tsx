/** The voice, live: its switch, how loud it is, and what was said last. The place is kept while it is off. */
import { useEffect, useState } from "preact/hooks";
import type { SpanResult } from "../../api/results";
import { fillOf } from "../../logic/level";
import { strengthOf } from "../../logic/voice";
import { sentence, spanWords } from "../../logic/words";
import { Icon } from "../../parts/Icon";
import { TogetherLine, VoiceHead, VoiceReadings, VoiceReason } from "../../parts/SpanPanel";
import { type LiveRun, wishOf } from "../../state/liveRun";
import { setName } from "../../state/reading";
import { speak } from "../../state/say";
import { atHome, serverState } from "../../state/server";
import { texts } from "../../texts";

const words = texts.voice;

export function VoicePanel({ run, atServer }: { run: LiveRun; atServer: boolean }) {
  const { voice } = run;
  const last = voice.spans.value[voice.spans.value.length - 1] ?? null;
  const on = voice.on.value;
  useEffect(() => {
    if (last) speak(words.spoken(spanWords(last)), 0);
  }, [last]);
  const problem = voice.problem.value ?? (on && voice.hearing.value?.state === "lost" ? voice.hearing.value.message : null);
  const dropped = voice.hearing.value?.dropped_s ?? 0;
  return (
    <section class="panel voice-panel" aria-label={words.title} data-test="voice">
      <div class="voice-head">
        <Listen run={run} atServer={atServer} />
        {on ? <Meter run={run} /> : <small>{noteOf(run, atServer)}</small>}
        {on && last && <Last run={run} span={last} />}
      </div>
      <div class="voice-body">
        {problem ? (
          <p class="caution" role="alert" data-test="voice-problem">
            {sentence(problem)}
          </p>
        ) : dropped > 0 ? (
          <p class="caution">{words.dropped(dropped.toFixed(1))}</p>
        ) : on && last ? (
          <Faded run={run} span={last} />
        ) : (
          <p class="quiet">
            {on && `${words.none} `}
            {words.caution}
          </p>
        )}
      </div>
    </section>
  );
}

function noteOf(run: LiveRun, atServer: boolean): string {
  if (!atServer) return words.note(atHome ? null : location.hostname);
  return run.running ? words.noteServer : words.startFirst;
}

function Listen({ run, atServer }: { run: LiveRun; atServer: boolean }) {
  const { on, opening } = run.voice;
  if (on.value) {
    return (
      <button type="button" class="button small" onClick={() => run.stopListening()} data-test="listen-stop">
        <Icon name="stop" filled /> {words.stop}
      </button>
    );
  }
  const away = serverState.value !== "up" || (atServer && !run.running);
  return (
    <button
      type="button"
      class="button small"
      disabled={away || opening.value || run.opening.value}
      onClick={() => void run.listen(wishOf(setName()))}
      data-test="listen"
    >
      <Icon name="microphone" /> {words.listen}
    </button>
  );
}

/** What is said of the sound now. */
function stateOf(run: LiveRun): keyof typeof words.states {
  const { hearing, dead, level } = run.voice;
  if (run.state.value === "lost" || run.state.value === "full") return "lost";
  if (dead.value) return "dead";
  if (hearing.value?.state !== "on") return "waiting";
  if (level.value?.clipped) return "clipped";
  if (!hearing.value.speaking) return "listening";
  return run.atServer ? "somebody" : "speaking";
}

function Meter({ run }: { run: LiveRun }) {
  const db = run.atServer ? run.voice.hearing.value?.level_db : run.voice.level.value?.db;
  const state = stateOf(run);
  const share = fillOf(db ?? -Infinity);
  return (
    <div class="voice-now">
      <div
        class="meter"
        role="meter"
        aria-label={words.level}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
        aria-valuetext={db === undefined || db === null ? words.states.waiting : words.decibels(db)}
        data-test="level"
      >
        <span style={{ transform: `scaleX(${share.toFixed(2)})` }} />
      </div>
      <span class={`voice-state ${state}`} data-test="voice-state">
        {words.states[state]}
      </span>
    </div>
  );
}

/** Whole seconds since an utterance ended. */
function useAge(run: LiveRun, span: SpanResult): number {
  const [now, setNow] = useState(run.time);
  useEffect(() => {
    setNow(run.time);
    const timer = setInterval(() => setNow(run.time), 1000);
    return () => clearInterval(timer);
  }, [span]);
  return Math.max(0, Math.floor(Math.max(now, span.end_s) - span.end_s));
}

function Last({ run, span }: { run: LiveRun; span: SpanResult }) {
  const age = useAge(run, span);
  return (
    <p class="voice-last" data-test="voice-last">
      <VoiceHead span={span} /> <small>{words.age(age)}</small> <VoiceReason span={span} />
      <TogetherLine span={span} />
    </p>
  );
}

function Faded({ run, span }: { run: LiveRun; span: SpanResult }) {
  const strength = strengthOf(useAge(run, span));
  return (
    <div class="faded" style={{ "--strength": strength } as Record<string, number>}>
      <VoiceReadings span={span} fused={false} />
    </div>
  );
}
