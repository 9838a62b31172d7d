/** One session: timeline, markers, notes, plots, exports. */
import { useMemo, useState } from "preact/hooks";
import { listMarkers, getSession, sessionFrames, sessionSpans } from "../../api/sessions";
import type { Frame, SpanResult } from "../../api/results";
import type { Marker, Session } from "../../api/types";
import { frameAt, people } from "../../logic/jsonl";
import { chosenFace } from "../../logic/readings";
import { Timeline } from "../../logic/timeline";
import { spanAt } from "../../logic/voice";
import { rests } from "../../logic/words";
import { FacePanel, PersonPicker } from "../../parts/FacePanel";
import { BackLink } from "../../parts/ItemHead";
import { Problem } from "../../parts/Notice";
import { Scrubber } from "../../parts/Scrubber";
import { SpanLane } from "../../parts/SpanLane";
import { SpanPanel, Utterances } from "../../parts/SpanPanel";
import { StripChoice } from "../../parts/StripChoice";
import { useExplanation } from "../../parts/useExplanation";
import { useLoad } from "../../parts/useLoad";
import { thresholdsOf } from "../../state/server";
import { texts } from "../../texts";
import { MarkerList } from "./MarkerList";
import { NeutralBox } from "./NeutralBox";
import { PlotBox, VOICE } from "./PlotBox";
import { SessionHead } from "./SessionHead";

export function SessionView({ id }: { id: string }) {
  const session = useLoad(() => getSession(id), [id]);
  const frames = useLoad(() => sessionFrames(id), [id]);
  const spans = useLoad(() => sessionSpans(id), [id]);
  const markers = useLoad(() => listMarkers(id), [id]);
  const error = session.error ?? frames.error ?? spans.error ?? markers.error;
  return (
    <div class="session">
      {error && !session.value && <BackLink list="sessions" label={texts.sessions.list} />}
      {error && <Problem text={error} />}
      {session.value && <SessionHead session={session.value} onChange={session.reload} />}
      {session.value && frames.value && spans.value && (
        <SessionBody
          session={session.value}
          frames={frames.value}
          spans={spans.value}
          markers={markers.value ?? []}
          onMarkers={markers.reload}
          onNeutral={() => (session.reload(), frames.reload())}
        />
      )}
      {!error && !(frames.value && spans.value) && <p class="quiet">{texts.common.loading}</p>}
    </div>
  );
}

interface BodyProps {
  session: Session;
  frames: Frame[];
  spans: SpanResult[];
  markers: Marker[];
  onMarkers: () => void;
  onNeutral: () => void;
}

function SessionBody({ session, frames, spans, markers, onMarkers, onNeutral }: BodyProps) {
  const everybody = useMemo(() => people(frames).map((person) => person.id), [frames]);
  const timeline = useMemo(() => Timeline.of(frames), [frames]);
  const signals = useMemo(() => [...timeline.tracks.values()].flatMap((track) => [...track.columns.keys()]), [timeline]);
  const drawn = spans.length > 0 ? [...signals, `${VOICE}:`] : signals;
  const start = Math.min(0, frames[0]?.time_s ?? 0, spans[0]?.start_s ?? 0);
  const end = Math.max(frames[frames.length - 1]?.time_s ?? 0, spans[spans.length - 1]?.end_s ?? 0);
  const [time, setTime] = useState(Math.max(0, start));
  const [chosen, setChosen] = useState<number | null>(null);
  const person = chosen ?? everybody[0] ?? 0;
  const frame = frames[Math.max(0, frameAt(frames, time))];
  const face = chosenFace(frame?.faces ?? [], person);
  const explanation = useExplanation(face);
  const thresholds = thresholdsOf(session.made_by?.flatMap((made) => made.models?.["au"]?.name ?? []).pop());
  const at = spanAt(spans, time);
  if (frames.length + spans.length === 0) return <p class="quiet">{texts.sessions.noFrames}</p>;
  return (
    <div class="session-body">
      <div class="live-left">
        <PersonPicker ids={everybody} chosen={person} onChoose={setChosen} />
        <section class="panel" aria-label={texts.live.timeline}>
          {frames.length > 0 ? (
            <StripChoice
              track={timeline.tracks.get(person) ?? null}
              person={texts.live.person(person)}
              from={start}
              to={end}
              cursor={time}
              marks={markers}
              onSeek={setTime}
              below={spans.length > 0 && <SpanLane spans={spans} from={start} to={end} cursor={time} onSeek={setTime} />}
            />
          ) : (
            <SpanLane spans={spans} from={start} to={end} cursor={time} marks={markers} onSeek={setTime} axis />
          )}
          <Scrubber from={start} to={end} time={time} onSeek={setTime} />
        </section>
        {spans.length > 0 && <Utterances spans={spans} at={at} onSeek={setTime} />}
        <MarkerList session={session.id} markers={markers} time={time} onSeek={setTime} onChange={onMarkers} />
        {signals.some((name) => rests(name.slice(0, name.indexOf(":")))) && (
          <NeutralBox
            session={session}
            markers={markers}
            // What is seen before the first frame's time is the first frame.
            time={Math.max(time, frames[0]?.time_s ?? time)}
            people={everybody}
            person={person}
            onPerson={setChosen}
            onChange={onNeutral}
          />
        )}
        <PlotBox session={session.id} version={JSON.stringify(session.references ?? [])} signals={drawn} />
      </div>
      <aside class="live-right" aria-label={texts.sessions.face}>
        {face && <FacePanel face={face} explanation={explanation} thresholds={thresholds} />}
        {spans.length > 0 && <SpanPanel span={spans[at] ?? null} />}
      </aside>
    </div>
  );
}
