/** What is kept, what such systems get wrong, whose work it is. */
import { health, models, settings } from "../../state/server";
import { texts } from "../../texts";

function Pairs({ rows }: { rows: readonly [string, string][] }) {
  return (
    <dl class="pairs">
      {rows.map(([term, words]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
  );
}

export function About() {
  const words = texts.about;
  const keeps = settings.value?.keeps !== "nothing";
  return (
    <article class="about">
      <h1>{texts.titles.about}</h1>
      <p class="lead">{texts.tagline}</p>
      <section>
        <h2>{words.keptTitle}</h2>
        <p data-test="kept">
          {keeps ? words.keepsResults(settings.value?.data_folder ?? "\u2026") : words.keepsNothing}
        </p>
        <Pairs rows={words.rows} />
      </section>
      <section>
        <h2>{words.networkTitle}</h2>
        <p>{words.network}</p>
        <h2>{words.deleteTitle}</h2>
        <p>{words.delete}</p>
        <h2>{words.hideTitle}</h2>
        <p>{words.hide}</p>
      </section>
      <section>
        <h2>{words.wrongTitle}</h2>
        <Pairs rows={words.wrong} />
      </section>
      <section>
        <h2>{words.notTitle}</h2>
        <p>{words.not}</p>
      </section>
      <section>
        <h2>{words.modelsTitle}</h2>
        <Cards />
        <p class="quiet">{words.program(health.value?.version ?? "")}</p>
      </section>
    </article>
  );
}

function Cards() {
  const words = texts.about;
  const cards = models.value?.cards ?? [];
  if (cards.length === 0) return null;
  return (
    <div class="table-wrap">
      <table class="table stacking">
        <thead>
          <tr>
            <th>{words.columns.model}</th>
            <th>{words.columns.task}</th>
            <th>{words.columns.licence}</th>
          </tr>
        </thead>
        <tbody>
          {cards.map((card) => (
            <tr key={card.name}>
              <td>
                <b>{card.name}</b>
              </td>
              <td data-label={words.columns.task}>{card.task}</td>
              <td data-label={words.columns.licence}>{card.licence}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
