/** What is kept, what such systems get wrong, whose work it is. */
import type { ComponentChildren } from "preact";
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

function Part({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <div>{children}</div>
    </section>
  );
}

export function About() {
  const words = texts.about;
  const keeps = settings.value?.keeps !== "nothing";
  return (
    <article class="about">
      <header>
        <h1>{texts.titles.about}</h1>
        <p class="lead">{texts.tagline}</p>
      </header>
      <Part title={words.keptTitle}>
        <p data-test="kept">
          {keeps ? words.keepsResults(settings.value?.data_folder ?? "\u2026") : words.keepsNothing}
        </p>
        <Pairs rows={words.rows} />
      </Part>
      <Part title={words.networkTitle}>
        <p>{words.network}</p>
      </Part>
      <Part title={words.deleteTitle}>
        <p>{words.delete}</p>
      </Part>
      <Part title={words.hideTitle}>
        <p>{words.hide}</p>
      </Part>
      <Part title={words.wrongTitle}>
        <Pairs rows={words.wrong} />
      </Part>
      <Part title={words.notTitle}>
        <p>{words.not}</p>
      </Part>
      <Part title={words.modelsTitle}>
        <Cards />
        <p class="quiet">{words.program(health.value?.version ?? "")}</p>
      </Part>
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
              <td data-label={words.columns.task}>{words.tasks[card.task] ?? card.task}</td>
              <td data-label={words.columns.licence}>{card.licence}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
