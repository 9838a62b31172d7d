/** All that is read from one utterance, and the list of all of them. */
import { useEffect, useRef } from "preact/hooks";
import type { SpanResult } from "../api/results";
import { expressionColour, OTHER_COLOUR } from "../logic/colours";
import { clock } from "../logic/format";
import { isFused, voiceReadings } from "../logic/voice";
import { capital, headline, headOfSpan, said, taskName, voiceReason } from "../logic/words";
import { texts } from "../texts";
import { VoiceBars } from "./Bars";
import { Icon } from "./Icon";

const words = texts.voice;
const when = (span: SpanResult) => words.span(clock(span.start_s, true), clock(span.end_s, true));

/** "Happy", "97 %"; of an uncertain one what is nearest. */
export function VoiceHead({ span }: { span: SpanResult }) {
  const said = headOfSpan(span);
  if (!said) return <strong class="uncertain">{capital(words.unscored)}</strong>;
  return (
    <>
      <strong class={said.uncertain ? "uncertain" : ""}>{said.uncertain ? texts.reading.uncertain : capital(said.word)}</strong>{" "}
      <span>{said.uncertain ? texts.reading.nearest(said.word, said.share) : said.share}</span>
    </>
  );
}

/** Why it should not be trusted. */
export function VoiceReason({ span }: { span: SpanResult }) {
  if (!span.quality.reason) return null;
  return (
    <span class="voice-reason">
      <Icon name="warn" /> {capital(voiceReason(span.quality.reason))}
    </span>
  );
}

/** What face and voice say together, in a line, or why the face doesn't count; nothing where they aren't fused. */
export function TogetherLine({ span }: { span: SpanResult }) {
  const fused = span.face_voice;
  if (!fused) return null;
  const seen = fused.sides.includes("face");
  const line = seen ? words.together(headline(said("face_voice", fused))) : words.apart(fused.reason ?? "");
  return <small class="voice-together" data-test="voice-together">{line}</small>;
}

export function VoiceReadings({ span, fused = true }: { span: SpanResult; fused?: boolean }) {
  const all = voiceReadings(span).filter(([, reading]) => fused || !isFused(reading));
  return (
    <>
      {all.map(([task, reading]) => (
        <section key={task} class="reading" aria-label={capital(taskName(task))}>
          {all.length > 1 && <h3>{capital(taskName(task))}</h3>}
          {(!isFused(reading) || reading.sides.includes("face")) && <VoiceBars task={task} reading={reading} />}
          {isFused(reading) && <p class="quiet">{words.sides(reading.sides, reading.reason)}</p>}
        </section>
      ))}
    </>
  );
}

/** Of a session or a file: the utterance at the cursor. */
export function SpanPanel({ span }: { span: SpanResult | null }) {
  return (
    <section class="panel span-panel" aria-label={words.at} data-test="span-panel">
      <h2>{words.title}</h2>
      {span ? (
        <>
          <p class="headline">
            <VoiceHead span={span} />
          </p>
          <p class="quiet">
            {when(span)}. {words.quality(span.quality.level_db)}. <VoiceReason span={span} />
          </p>
          <VoiceReadings span={span} />
          {voiceReadings(span).some(([, reading]) => reading.against_reference) && <p class="quiet">{words.against}</p>}
        </>
      ) : (
        <p class="quiet">{words.noneAt}</p>
      )}
      <p class="quiet">{words.caution}</p>
    </section>
  );
}

interface ListProps {
  spans: readonly SpanResult[];
  /** Number, in `spans`, of the one at the cursor. */
  at: number;
  onSeek: (time: number) => void;
}

export function Utterances({ spans, at, onSeek }: ListProps) {
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    const row = list.current?.children[at] as HTMLElement | undefined;
    // The list alone is scrolled, never the page.
    if (row && list.current) list.current.scrollTop = row.offsetTop - list.current.clientHeight / 2;
  }, [at]);
  return (
    <section class="panel" aria-label={words.utterances}>
      <h2>
        {words.utterances} <small data-test="utterance-count">{spans.length}</small>
      </h2>
      <ol class="utterances" ref={list} data-test="utterances">
        {spans.map((span, number) => (
          <Row key={number} span={span} current={number === at} onSeek={onSeek} />
        ))}
      </ol>
    </section>
  );
}

function Row({ span, current, onSeek }: { span: SpanResult; current: boolean; onSeek: (time: number) => void }) {
  const said = headOfSpan(span);
  const colour = said && !said.uncertain ? expressionColour(span.voice?.label) : OTHER_COLOUR;
  return (
    <li>
      <button
        type="button"
        class={current ? "utterance on" : "utterance"}
        aria-current={current}
        onClick={() => onSeek(Math.max(0, span.start_s))}
      >
        <span class="marker-time">{when(span)}</span>
        <span class="swatch" style={{ background: colour }} aria-hidden="true" />
        <span class="utterance-word">
          <VoiceHead span={span} />
        </span>
        <VoiceReason span={span} />
      </button>
    </li>
  );
}
