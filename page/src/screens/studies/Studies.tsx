/** Studies: a list, and each by itself. */
import { useState } from "preact/hooks";
import { createStudy, listStudies } from "../../api/studies";
import { routeHash } from "../../logic/route";
import { Icon } from "../../parts/Icon";
import { Empty, Problem } from "../../parts/Notice";
import { useLoad } from "../../parts/useLoad";
import { go } from "../../state/route";
import { attempt } from "../../state/say";
import { texts } from "../../texts";
import { StudyForm } from "./StudyForm";
import { StudyView } from "./StudyView";

export function Studies({ item }: { item: string | null }) {
  if (item !== null) return <StudyView key={item} id={item} />;
  return <StudyList />;
}

function StudyList() {
  const list = useLoad(() => listStudies(), []);
  const [making, setMaking] = useState(false);
  const words = texts.studies;
  const studies = list.value ?? [];
  const create = async (name: string, note: string, groups: string[]) => {
    await attempt(createStudy({ name, note, groups }).then((made) => go("studies", made.id)));
  };
  const button = (
    <button type="button" class="button primary" onClick={() => setMaking(true)} data-test="new-study">
      <Icon name="plus" /> {words.create}
    </button>
  );
  return (
    <div class="column">
      <div class="title-row">
        <h1>{texts.titles.studies}</h1>
        {studies.length > 0 && button}
      </div>
      {list.error && <Problem text={list.error} />}
      {list.value && studies.length === 0 && (
        <Empty icon="studies" title={words.emptyTitle} text={words.empty}>
          {button}
        </Empty>
      )}
      <ul class="study-list">
        {studies.map((study) => (
          <li key={study.id} class="panel">
            <a class="row-link" href={routeHash("studies", study.id)}>
              {study.name}
            </a>
            <p class="facts">
              {study.groups.map((group) => (
                <span key={group} class="tag">
                  {group}
                </span>
              ))}
              {study.stimulus && <span>{study.stimulus.name}</span>}
            </p>
            {study.note && <p class="quiet">{study.note}</p>}
          </li>
        ))}
      </ul>
      {making && <StudyForm title={words.createTitle} onSave={create} onClose={() => setMaking(false)} />}
    </div>
  );
}
